using System.Net;

namespace Connet.Quic.Interop.Tests.Ours;

/// <summary>The echo server on our own stack.</summary>
internal static class OurServer
{
    private const int BufferLength = 65536;

    public static QuicEndpoint Bind(bool retry) =>
        QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0), AlwaysRetry = retry });

    public static QuicListener Listen(QuicEndpoint endpoint, TestCertificates certificates) =>
        endpoint.Listen(new QuicListenerOptions
        {
            ApplicationProtocols = [TestProtocol.Alpn],
            ServerOptions = new QuicServerConnectionOptions
            {
                ServerCertificate = QuicCertificate.FromPem(certificates.ChainPem, certificates.KeyPem),
                MaxDatagramFrameSize = TestProtocol.MaxDatagramFrameSize,
            },
        });

    /// <summary>Serves one connection until its peer closes it, and returns the application code of that close.</summary>
    public static async Task<long?> ServeOneAsync(QuicListener listener, CancellationToken cancellationToken)
    {
        await using QuicConnection connection = await listener.AcceptConnectionAsync(cancellationToken);
        List<Task> echoes = [EchoDatagramsAsync(connection, cancellationToken)];
        long? code;
        try
        {
            while (true)
            {
                echoes.Add(EchoAsync(await connection.AcceptInboundStreamAsync(cancellationToken), cancellationToken));
            }
        }
        catch (QuicException closed) when (closed.QuicError == QuicError.ConnectionAborted)
        {
            code = closed.ApplicationErrorCode;
        }

        await Task.WhenAll(echoes);
        await TestContext.Out.WriteLineAsync(connection.GetStatistics().ToString());
        return code;
    }

    /// <summary>Sends back each datagram as it comes, until the connection ends.</summary>
    private static async Task EchoDatagramsAsync(QuicConnection connection, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[TestProtocol.MaxDatagramFrameSize];
        try
        {
            while (true)
            {
                int length = await connection.ReceiveDatagramAsync(buffer, cancellationToken);
                Assert.That(connection.SendDatagram(buffer.AsSpan(0, length)), Is.EqualTo(QuicDatagramResult.Queued));
            }
        }
        catch (QuicException) when (connection.IsClosed)
        {
        }
    }

    private static async Task EchoAsync(QuicStream stream, CancellationToken cancellationToken)
    {
        await using QuicStream owned = stream;
        byte[] buffer = new byte[BufferLength];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, read), completeWrites: false, cancellationToken);
        }

        await stream.WriteAsync(ReadOnlyMemory<byte>.Empty, completeWrites: true, cancellationToken);
    }
}
