using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Client.Tests.Endpoints;

/// <summary>One end of a TLS connection, by the platform's own means. Every step is bounded.</summary>
internal sealed class TlsUser : IDisposable
{
    private TlsUser(Socket socket)
    {
        Socket = socket;
        Stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
    }

    public Socket Socket { get; }

    public SslStream Stream { get; }

    /// <summary>Connects, and accepts any server; shows a certificate if it is given one.</summary>
    public static async Task<TlsUser> ConnectAsync(EndPoint endPoint, (string Certificate, string Key)? identity = null)
    {
        TlsUser user = new(await SocketPair.ConnectAsync(endPoint));
        SslClientAuthenticationOptions options = new() { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null };
        if (identity is { } own)
        {
            options.ClientCertificates = [X509Certificate2.CreateFromPemFile(own.Certificate, own.Key)];
        }

        await user.Stream.AuthenticateAsClientAsync(options).WaitAsync(SocketPair.Patience);
        return user;
    }

    /// <summary>Serves an accepted socket.</summary>
    public static async Task<TlsUser> AcceptAsync(Socket listener, (string Certificate, string Key) identity, SslServerAuthenticationOptions? options = null)
    {
        TlsUser user = new(await listener.AcceptBoundedAsync());
        options ??= new SslServerAuthenticationOptions();
        options.ServerCertificate = options.ServerCertificateSelectionCallback is not null ? null : X509Certificate2.CreateFromPemFile(identity.Certificate, identity.Key);
        await user.Stream.AuthenticateAsServerAsync(options).WaitAsync(SocketPair.Patience);
        return user;
    }

    public Task WriteAsync(params byte[] bytes) => Stream.WriteAsync(bytes).AsTask().WaitAsync(SocketPair.Patience);

    /// <summary>Reads what comes next; empty at the end.</summary>
    public async Task<byte[]> ReadAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        return buffer[..await Stream.ReadAsync(buffer).AsTask().WaitAsync(SocketPair.Patience)];
    }

    /// <summary>Ends the writing direction with close_notify.</summary>
    public Task EndAsync() => Stream.ShutdownAsync().WaitAsync(SocketPair.Patience);

    public void Dispose()
    {
        Stream.Dispose();
        Socket.Dispose();
    }
}
