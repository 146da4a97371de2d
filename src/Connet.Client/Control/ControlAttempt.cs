using System.Net;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Control;
using Connet.Protocol.Timing;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Client.Control;

/// <summary>One attempt: a connection to one address of the control server, and the authentication on its first stream.</summary>
/// <param name="context">The client.</param>
/// <param name="validation">How the server's certificate is checked.</param>
/// <param name="host">The host that was configured, which the certificate must be for unless another name is set.</param>
internal sealed class ControlAttempt(ClientContext context, Func<QuicCertificateValidation> validation, string host)
{
    private const int MaxStreams = 1024;

    /// <summary>An answer has an address, a token and perhaps a sentence.</summary>
    private const int MaxAnswerLength = 64 * 1024;

    /// <summary>Tokens are opaque; one longer than this is not worth sending back at each connect.</summary>
    private const int MaxReconnectTokenLength = 4 * 1024;

    /// <summary>The idle timeout of the protocol (protocol.md section 1).</summary>
    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromSeconds(20);

    /// <summary>A server that refuses closes at once; its answer may be lost where the close code is not.</summary>
    private static readonly TimeSpan s_closeCodeTime = TimeSpan.FromSeconds(1);

    /// <summary>Dials and authenticates.</summary>
    /// <param name="remote">The server's address.</param>
    /// <param name="protocols">The application protocols to offer.</param>
    /// <param name="reconnectToken">From the last connection; empty if there was none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<AttemptResult> RunAsync(
        IPEndPoint remote, IReadOnlyList<string> protocols, ByteString reconnectToken, CancellationToken cancellationToken)
    {
        QuicConnection? quic = null;
        try
        {
            quic = await context.Endpoint.ConnectAsync(ConnectionOptions(remote, protocols), cancellationToken).ConfigureAwait(false);
            AttemptResult result = await AuthenticateAsync(quic, remote, reconnectToken, cancellationToken).ConfigureAwait(false);
            quic = result.Connection is null ? quic : null;
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new(AttemptOutcome.Cancelled, null, null);
        }
        catch (OperationCanceledException)
        {
            return Failed(remote, $"no answer to the authentication within {context.Options.HandshakeIdleTimeout.TotalSeconds:0.###} s", null);
        }
        catch (ProtocolException exception)
        {
            return await ExplainAsync(quic!, remote, exception, cancellationToken).ConfigureAwait(false);
        }
        catch (QuicException exception) when (exception.QuicError == QuicError.StreamAborted)
        {
            return await ExplainAsync(quic!, remote, exception, cancellationToken).ConfigureAwait(false);
        }
        catch (QuicException exception)
        {
            return FromQuic(remote, exception);
        }
        catch (ObjectDisposedException exception)
        {
            string text = $"The client's socket on {context.Endpoint.LocalEndPoint} has failed, start the client again.";
            return new(AttemptOutcome.SocketFailed, null, new(ConnetClientError.SocketFailed, text, exception));
        }
        finally
        {
            if (quic is not null)
            {
                await quic.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private QuicClientConnectionOptions ConnectionOptions(IPEndPoint remote, IReadOnlyList<string> protocols) => new()
    {
        RemoteEndPoint = remote,
        TargetHost = context.Options.ServerName ?? host,
        ApplicationProtocols = protocols,
        CertificateValidation = validation(),
        IdleTimeout = s_idleTimeout,
        KeepAliveInterval = context.Options.LivenessInterval,
        HandshakeIdleTimeout = context.Options.HandshakeIdleTimeout,
        MaxInboundBidirectionalStreams = 0,
        MaxInboundUnidirectionalStreams = 0,
        MaxOutboundBidirectionalStreams = MaxStreams,
    };

    private async Task<AttemptResult> AuthenticateAsync(
        QuicConnection quic, IPEndPoint remote, ByteString reconnectToken, CancellationToken cancellationToken)
    {
        ProtocolGeneration generation = Alpn.GetGeneration(ConnectionKind.ControlClients, quic.NegotiatedApplicationProtocol);
        using CancellationTokenSource timeout = new(context.Options.HandshakeIdleTimeout, context.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        QuicStream stream = await quic.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, either.Token).ConfigureAwait(false);
        AuthenticateReq request = new()
        {
            Token = context.Options.Token,
            ReconnectToken = reconnectToken,
            BuildVersion = BuildVersion.Current,
            Metadata = context.Options.Metadata,
        };
        await MessageFraming.WriteAsync(stream, request, generation, either.Token).ConfigureAwait(false);
        AuthenticateResp answer =
            await MessageFraming.TryReadAsync(stream, AuthenticateResp.Parser, generation, MaxAnswerLength, either.Token).ConfigureAwait(false)
            ?? throw new ProtocolException(ProtocolErrorCode.Unknown, "The stream ended before the answer to the authentication.");
        stream.CompleteWrites();
        _ = FinishedStreams.DisposeAtEndAsync(stream, CancellationToken.None);
        return Judge(quic, generation, remote, answer);
    }

    private AttemptResult Judge(QuicConnection quic, ProtocolGeneration generation, IPEndPoint remote, AuthenticateResp answer)
    {
        if (answer.Error is { } error)
        {
            ProtocolException refusal = error.ToException();
            return error.ToCode() == ProtocolErrorCode.AuthenticationFailed
                ? TokenRefused(remote, refusal.Message, refusal)
                : new(
                    AttemptOutcome.Refused,
                    null,
                    new(ConnetClientError.AuthenticationRefused, $"The control server {Describe(remote)} refused this client: {refusal.Message}.", refusal));
        }

        if (!AddressMessages.TryRead(answer.Public, out IPEndPoint? address))
        {
            return Failed(remote, "it accepted this client without saying from which address it came", null);
        }

        ByteString token = answer.ReconnectToken.Length <= MaxReconnectTokenLength ? answer.ReconnectToken : ByteString.Empty;
        return new(AttemptOutcome.Authenticated, new(quic, generation, address, token), null);
    }

    /// <summary>The stream ended without an answer that can be read: the connection may be about to say why.</summary>
    private async Task<AttemptResult> ExplainAsync(QuicConnection quic, IPEndPoint remote, Exception exception, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task tooLong = context.Clock.PauseAsync(s_closeCodeTime, timeout.Token);
        await Task.WhenAny(quic.Closed, tooLong).ConfigureAwait(false);
        await timeout.CancelAsync().ConfigureAwait(false);
        return quic.IsClosed ? FromQuic(remote, quic.CloseException()) : Failed(remote, exception.Message.TrimEnd('.'), exception);
    }

    private AttemptResult FromQuic(IPEndPoint remote, QuicException exception)
    {
        string text = exception.Message.TrimEnd('.');
        if (exception.QuicError == QuicError.ConnectionAborted
            && exception.ApplicationErrorCode == ProtocolErrorCode.AuthenticationFailed.ToCloseCode())
        {
            return TokenRefused(remote, text, exception);
        }

        if (HandshakeAlerts.IsForCertificate(exception.TransportErrorCode))
        {
            return new(
                AttemptOutcome.CertificateNotTrusted,
                null,
                new(
                    ConnetClientError.CertificateNotTrusted,
                    $"The certificate of the control server {Describe(remote)} is not trusted, check the file of authorities and the server's name: {text}.",
                    exception));
        }

        string reason = HandshakeAlerts.IsForProtocol(exception.TransportErrorCode)
            ? "what answers there is no control server that this client can talk to"
            : text;
        return Failed(remote, reason, exception);
    }

    private AttemptResult TokenRefused(IPEndPoint remote, string reason, Exception cause) => new(
        AttemptOutcome.TokenRefused,
        null,
        new(
            ConnetClientError.AuthenticationRefused,
            $"The control server {Describe(remote)} refused the token of this client: {reason}; check the client's token and the rules for it there.",
            cause));

    private AttemptResult Failed(IPEndPoint remote, string reason, Exception? cause) => new(
        AttemptOutcome.Failed,
        null,
        new(ConnetClientError.ServerUnreachable, $"The control server {Describe(remote)} cannot be used: {reason}.", cause));

    private string Describe(IPEndPoint remote) =>
        IpText.TryParse(host, out _) ? remote.ToString() : $"{AddressText.Join(host, remote.Port)} ({remote.Address})";
}
