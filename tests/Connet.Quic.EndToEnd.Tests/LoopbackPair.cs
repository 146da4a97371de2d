using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Quic.EndToEnd.Tests;

/// <summary>Two endpoints on loopback sockets and a connection between them, through the public API alone.</summary>
internal sealed class LoopbackPair : IAsyncDisposable
{
    private const string Protocol = "end to end";

    private readonly QuicEndpoint _serverEndpoint;
    private readonly QuicEndpoint _clientEndpoint;

    private LoopbackPair(QuicEndpoint serverEndpoint, QuicEndpoint clientEndpoint, QuicConnection server, QuicConnection client)
    {
        _serverEndpoint = serverEndpoint;
        _clientEndpoint = clientEndpoint;
        Server = server;
        Client = client;
    }

    public QuicConnection Server { get; }

    public QuicConnection Client { get; }

    public static async Task<LoopbackPair> ConnectAsync(int streams, CancellationToken token)
    {
        QuicCertificate certificate = CreateCertificate();
        QuicEndpoint serverEndpoint = Bind();
        QuicListener listener = serverEndpoint.Listen(new QuicListenerOptions
        {
            ApplicationProtocols = [Protocol],
            ServerOptions = new QuicServerConnectionOptions { ServerCertificate = certificate, MaxInboundBidirectionalStreams = streams },
        });
        QuicEndpoint clientEndpoint = Bind();
        ValueTask<QuicConnection> accepting = listener.AcceptConnectionAsync(token);
        QuicConnection client = await clientEndpoint.ConnectAsync(
            new QuicClientConnectionOptions
            {
                RemoteEndPoint = serverEndpoint.LocalEndPoint,
                ApplicationProtocols = [Protocol],
                CertificateValidation = QuicCertificateValidation.Pinned(certificate.RawLeaf),
            },
            token);
        QuicConnection server = await accepting;
        TestContext.Out.WriteLine(serverEndpoint.GetStatistics());
        return new LoopbackPair(serverEndpoint, clientEndpoint, server, client);
    }

    public async ValueTask DisposeAsync()
    {
        TestContext.Out.WriteLine(Client.GetStatistics());
        TestContext.Out.WriteLine(Server.GetStatistics());
        await _clientEndpoint.DisposeAsync();
        await _serverEndpoint.DisposeAsync();
    }

    private static QuicEndpoint Bind() => QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });

    private static QuicCertificate CreateCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=end to end", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        return QuicCertificate.FromX509Certificate(certificate);
    }
}
