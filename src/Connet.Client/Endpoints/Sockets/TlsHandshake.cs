using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>From a connected socket to a <see cref="TlsChannel"/>, within a time.</summary>
internal static class TlsHandshake
{
    /// <summary>As the server.</summary>
    /// <exception cref="IOException">It failed, or took too long; the message is the reason. The socket is closed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValueTask<TlsChannel> AcceptAsync(
        Socket socket, SslServerAuthenticationOptions options, EndpointContext context, CancellationToken cancellationToken) =>
        RunAsync(socket, (stream, cancel) => stream.AuthenticateAsServerAsync(options, cancel), context, cancellationToken);

    /// <summary>As the client.</summary>
    /// <exception cref="IOException">It failed, or took too long; the message is the reason. The socket is closed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValueTask<TlsChannel> ConnectAsync(
        Socket socket, SslClientAuthenticationOptions options, EndpointContext context, CancellationToken cancellationToken) =>
        RunAsync(socket, (stream, cancel) => stream.AuthenticateAsClientAsync(options, cancel), context, cancellationToken);

    private static async ValueTask<TlsChannel> RunAsync(
        Socket socket, Func<SslStream, CancellationToken, Task> authenticate, EndpointContext context, CancellationToken cancellationToken)
    {
        TimeSpan patience = context.Tls.HandshakeTimeout;
        using CancellationTokenSource late = new(patience, context.TimeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        SslStream stream = new(new TlsTransport(socket), leaveInnerStreamOpen: false);
        try
        {
            await authenticate(stream, either.Token).ConfigureAwait(false);
            return new TlsChannel(socket, stream);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException)
        {
            string? refusal = CertificateVerdicts.Of(stream);
            await CloseAsync(socket, stream, refusal is null).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();

            // What the TLS library says stands innermost.
            string reason = exception is OperationCanceledException
                ? $"it was not complete within {patience.TotalSeconds:0.###} s"
                : refusal ?? exception.GetBaseException().Message.TrimEnd('.');
            throw new IOException($"TLS handshake: {reason}", exception);
        }
        catch
        {
            await CloseAsync(socket, stream, inOrder: false).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// In order where the other side may still have to read an alert. A refused certificate has none, and with TLS 1.3 the other side may think that all is
    /// well: to a careless program an orderly end would look like an empty answer.
    /// </summary>
    private static async ValueTask CloseAsync(Socket socket, SslStream stream, bool inOrder)
    {
        if (inOrder)
        {
            socket.Dispose();
        }
        else
        {
            OuterChannel.Reset(socket);
        }

        await stream.DisposeAsync().ConfigureAwait(false);
    }
}
