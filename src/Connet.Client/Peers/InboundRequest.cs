using Connet.Client.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Encryption;
using Connet.Protocol.Encryption.Tls;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Protocol.Peers;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>A request to connect, on its stream, whose encryption is agreed on and which is to be answered.</summary>
/// <param name="endpoint">The destination.</param>
/// <param name="path">Where it came in.</param>
/// <param name="stream">The stream, which counts on its path.</param>
/// <param name="scheme">The agreed encryption.</param>
/// <param name="sourceKey">The source's verified key for <see cref="RelayEncryption.Dhxcp"/>.</param>
/// <param name="sourceCertificate">The source's client certificate for <see cref="RelayEncryption.Tls"/>.</param>
/// <param name="peerId">The source, where it is known.</param>
internal sealed class InboundRequest(
    PeerEndpoint endpoint, PeerPath path, QuicStream stream, RelayEncryption scheme, byte[]? sourceKey, CertificateInfo? sourceCertificate, string? peerId)
{
    public PeerPath Path => path;

    public bool IsEncrypted => path.Kind == ConnetPathKind.Direct || scheme != RelayEncryption.None;

    public string? PeerId => peerId;

    /// <summary>The header that the source is asked to begin with.</summary>
    public ProxyProtocolVersion ProxyProtocol { get; set; }

    /// <summary>Answers that the connection stands.</summary>
    /// <exception cref="ConnetConnectionException">The source is gone.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the stream is reset.</exception>
    public async ValueTask<ConnetConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        Response.Types.Connect answer = new() { DestinationEncryption = scheme, ProxyProto = ProxyProtocol };
        DhxcpKeys? keys = null;
        if (sourceKey is not null)
        {
            X25519KeyPair own = X25519KeyPair.Generate();
            if (!DhxcpKeys.TryDeriveAtDestination(own, sourceKey, out keys))
            {
                await RefuseAsync(ProtocolErrorCode.DestinationRelayEncryptionError, "The source's key is none.", cancellationToken).ConfigureAwait(false);
                throw new ConnetConnectionException($"A source of '{endpoint.Name}' has sent an unusable key.");
            }

            answer.DestinationDhX25519 = endpoint.Credentials.SignedKeys.Create(endpoint.Identity.Server, own.PublicKey);
        }
        else if (sourceCertificate is not null)
        {
            answer.DestinationTls = new TlsConfiguration { ClientName = endpoint.Credentials.ServerName };
        }

        try
        {
            await WriteAsync(new Response { Connect = answer }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            stream.Abort(QuicAbortDirection.Both, 0);
            await stream.DisposeAsync().ConfigureAwait(false);
            path.ReleaseWhenWritten(stream);
            cancellationToken.ThrowIfCancellationRequested();
            throw new ConnetConnectionException($"The source of a connection to '{endpoint.Name}' has given up.", (exception as QuicException)?.ApplicationErrorCode, exception);
        }

        path.Encryption = (ConnetPathEncryption)scheme;
        Stream content = sourceCertificate is not null ? Secure(sourceCertificate) : keys is not null ? DhxcpStream.AtDestination(stream, keys) : stream;
        return new ConnetConnection(stream, content, path, IsEncrypted, peerId);
    }

    /// <summary>Answers that the destination cannot be reached.</summary>
    public ValueTask RefuseAsync(string reason, CancellationToken cancellationToken) =>
        RefuseAsync(ProtocolErrorCode.DestinationDialFailed, reason, cancellationToken);

    /// <summary>
    /// Begins the handshake. Nobody waits for it but the reads and writes of this one connection: whoever accepts must not be held up by a
    /// source that is slow, or by a relay.
    /// </summary>
    private TlsRelayStream Secure(CertificateInfo certificate)
    {
        TlsRelayStream tls = TlsRelayStream.AtDestination(new QuicTlsTransport(stream), endpoint.Identity.Server, certificate);
        endpoint.Tasks.Run(async () =>
        {
            try
            {
                await tls.HandshakeAsync(endpoint.ClientOptions.HandshakeIdleTimeout, endpoint.Clock, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ProtocolException exception)
            {
                PeerLog.KeyRefused(endpoint.Network.Context.Logger, endpoint.ToString(), $"over {path}, {exception.Message.TrimEnd('.')}");
            }
            catch (IOException exception)
            {
                PeerLog.StreamFailed(endpoint.Network.Context.Logger, endpoint.ToString(), path.ToString(), exception.Message);
            }
        });
        return tls;
    }

    private async ValueTask RefuseAsync(ProtocolErrorCode code, string reason, CancellationToken cancellationToken)
    {
        try
        {
            string text = reason.Length > ProtocolErrors.MaxMessageLength ? reason[..ProtocolErrors.MaxMessageLength] : reason;
            Response refusal = new() { Error = ProtocolErrors.ToError(code, text) };
            await WriteAsync(refusal, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            stream.Abort(QuicAbortDirection.Both, code.ToCloseCode());
        }
        finally
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            path.ReleaseWhenWritten(stream);
        }
    }

    /// <summary>A source that takes no answer must not hold up whoever answers.</summary>
    private async ValueTask WriteAsync(Response response, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(endpoint.ClientOptions.HandshakeIdleTimeout, endpoint.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await MessageFraming.WriteAsync(stream, response, path.Generation, either.Token).ConfigureAwait(false);
    }
}
