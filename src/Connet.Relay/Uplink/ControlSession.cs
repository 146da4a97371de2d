using Connet.Protocol;
using Connet.Protocol.ControlRelays;
using Connet.Protocol.Keys;
using Connet.Protocol.Seals;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Relay.Uplink;

/// <summary>One authenticated connection to the control server.</summary>
internal sealed class ControlSession : IAsyncDisposable
{
    /// <summary>How often the connection is looked at for silence.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private readonly QuicConnection _connection;
    private readonly UplinkSettings _settings;

    private ControlSession(QuicConnection connection, UplinkSettings settings, AuthenticateResp answer, byte[] key)
    {
        _connection = connection;
        _settings = settings;
        ControlId = answer.ControlId;
        ReconnectToken = answer.ReconnectToken.Memory;
        Key = key;
    }

    /// <summary>The control server's id.</summary>
    public string ControlId { get; }

    /// <summary>What to show at the next connection.</summary>
    public ReadOnlyMemory<byte> ReconnectToken { get; }

    /// <summary>What proofs of clients are opened with.</summary>
    public byte[] Key { get; }

    /// <summary>Authenticates on a new connection, which belongs to the session then; on failure it is closed.</summary>
    /// <exception cref="RelayServerException">The token was refused.</exception>
    /// <exception cref="ControlUnreachableException">The control server did not answer as it should.</exception>
    public static async Task<ControlSession> StartAsync(QuicConnection connection, UplinkSettings settings, CancellationToken cancellationToken)
    {
        TimeSpan patience = settings.Options.HandshakeIdleTimeout;
        using CancellationTokenSource timeout = new(patience, settings.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await AuthenticateAsync(connection, settings, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await connection.CloseAsync((long)ProtocolErrorCode.Unknown, CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw exception switch
            {
                // The answer may be lost where the close code arrives (protocol.md, section 4.7).
                QuicException { ApplicationErrorCode: (long)ProtocolErrorCode.AuthenticationFailed } => Refused(settings, exception),
                ProtocolException { Code: ProtocolErrorCode.AuthenticationFailed } => Refused(settings, exception),

                // A server may judge what the client showed after the client is through with the handshake.
                QuicException { QuicError: QuicError.TlsError } => Refused(settings, exception),
                OperationCanceledException => new ControlUnreachableException(
                    $"the control server at {settings.Options.ControlAddress} did not answer the authentication within {patience.TotalSeconds:0.#} s"),
                QuicException or ProtocolException => new ControlUnreachableException(exception.Message.TrimEnd('.'), exception),
                _ => exception,
            };
        }
    }

    /// <summary>Waits until the connection has ended, or the control server has been silent for too long.</summary>
    /// <returns>Why it is over.</returns>
    public async Task<string> WaitForEndAsync(CancellationToken cancellationToken)
    {
        TimeSpan limit = _settings.Options.LivenessInterval + _settings.Options.LivenessTimeout;
        using PeriodicTimer timer = new(s_look, _settings.Clock);
        bool wasSilent = false;
        while (!_connection.IsClosed)
        {
            // Twice in a row: after a pause of this process, what arrived meanwhile is first to be read.
            bool isSilent = _connection.TimeSinceReceived > limit;
            if (isSilent && wasSilent)
            {
                return $"nothing was heard of the control server for {limit.TotalSeconds:0.#} s";
            }

            wasSilent = isSilent;
            Task tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
            await Task.WhenAny(tick, _connection.Closed).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return _connection.CloseException().Message.TrimEnd('.');
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _connection.CloseAsync((long)ProtocolErrorCode.Unknown, CancellationToken.None);

    private static async Task<ControlSession> AuthenticateAsync(QuicConnection connection, UplinkSettings settings, CancellationToken cancellationToken)
    {
        ProtocolGeneration generation = Alpn.GetGeneration(ConnectionKind.ControlRelays, connection.NegotiatedApplicationProtocol);
        X25519KeyPair own = X25519KeyPair.Generate();
        UplinkIdentity identity = settings.Identity;
        AuthenticateReq request = new()
        {
            Token = identity.Token,
            ReconnectToken = ByteString.CopyFrom(settings.Memory.ReconnectToken.Span),
            BuildVersion = BuildVersion.Current,
            Metadata = identity.Metadata,
            ServerCertificate = ByteString.CopyFrom(settings.ServerCertificate.Span),
            RelayAuthenticationKey = ByteString.CopyFrom(own.PublicKey),
        };
        request.Addresses.AddRange(settings.Advertised);

        QuicStream stream = await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, cancellationToken).ConfigureAwait(false);
        await MessageFraming.WriteAsync(stream, request, generation, cancellationToken).ConfigureAwait(false);
        AuthenticateResp answer = await MessageFraming
            .TryReadAsync(stream, AuthenticateResp.Parser, generation, RelayTransport.MaxMessageLength, cancellationToken).ConfigureAwait(false)
            ?? throw new ProtocolException(ProtocolErrorCode.Unknown, "The control server ended the authentication without an answer.");
        ProtocolErrors.ThrowIfSet(answer.Error);
        if (!IsId(answer.ControlId) || !BoxKey.TryCompute(own, answer.ControlAuthenticationKey.Span, out byte[]? key))
        {
            throw new ProtocolException(ProtocolErrorCode.Unknown, "The control server's answer has no usable id or key.");
        }

        stream.CompleteWrites();
        _ = FinishedStreams.DisposeAtEndAsync(stream, CancellationToken.None);
        return new ControlSession(connection, settings, answer, key);
    }

    /// <summary>The id goes into a file, into logs and into the status.</summary>
    private static bool IsId(string id)
    {
        const int MaxLength = 512;
        return id.Length is > 0 and <= MaxLength && !id.Any(char.IsControl);
    }

    private static RelayServerException Refused(UplinkSettings settings, Exception exception) => new(
        $"The control server at {settings.Options.ControlAddress} refused this relay: {exception.Message.TrimEnd('.')}; check the relay's token and the rules for it there.",
        exception);
}
