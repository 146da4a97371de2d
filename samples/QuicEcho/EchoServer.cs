using System.Net;
using Connet.Quic;

namespace QuicEcho;

/// <summary>Sends back what arrives on each stream, and ends the stream where the client ended it.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly QuicEndpoint _endpoint;
    private readonly QuicListener _listener;

    /// <summary>Opens the socket and starts to listen.</summary>
    public EchoServer(IPEndPoint local, QuicCertificate certificate)
    {
        _endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = local });
        _listener = _endpoint.Listen(new QuicListenerOptions
        {
            ApplicationProtocols = [EchoProtocol.Name],
            ServerOptions = new QuicServerConnectionOptions { ServerCertificate = certificate },
        });
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint LocalEndPoint => _endpoint.LocalEndPoint;

    /// <summary>Where it listens and what drives it.</summary>
    public string Description
    {
        get
        {
            QuicEndpointStatistics statistics = _endpoint.GetStatistics();
            return $"{LocalEndPoint}; socket: {statistics.Socket}; packet ciphers: {statistics.Crypto}";
        }
    }

    /// <summary>Serves until the server is disposed.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptConnectionAsync());
            }
            catch (QuicException exception) when (exception.QuicError == QuicError.OperationAborted)
            {
                return;
            }
        }
    }

    /// <summary>Closes the connections and the socket.</summary>
    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

    private static async Task ServeAsync(QuicConnection connection)
    {
        await using (connection)
        {
            try
            {
                while (true)
                {
                    _ = EchoAsync(await connection.AcceptInboundStreamAsync());
                }
            }
            catch (QuicException)
            {
                // The connection has ended: closed by the client, timed out, or disposed with the server.
            }
        }
    }

    private static async Task EchoAsync(QuicStream stream)
    {
        await using (stream)
        {
            try
            {
                byte[] buffer = new byte[EchoProtocol.ReadSize];
                int read;
                while ((read = await stream.ReadAsync(buffer)) > 0)
                {
                    await stream.WriteAsync(buffer.AsMemory(0, read));
                }

                stream.CompleteWrites();
            }
            catch (QuicException)
            {
                // The client gave the stream or the connection up.
            }
        }
    }
}
