using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic;

namespace Connet.AotSmoke;

/// <summary>What a trimmed or natively compiled application does with the transport: one exchange over loopback with each kind of key.</summary>
internal static class Program
{
    private const string Protocol = "smoke";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] s_message = RandomNumberGenerator.GetBytes(100_000);

    private static async Task<int> Main()
    {
        using CancellationTokenSource timeout = new(s_patience);
        foreach ((string kind, QuicCertificate certificate) in Certificates())
        {
            if (!await ExchangeAsync(certificate, timeout.Token))
            {
                Console.Error.WriteLine($"{kind}: the echo differs");
                return 1;
            }

            Console.WriteLine($"{kind}: ok");
        }

        return 0;
    }

    private static IEnumerable<(string Kind, QuicCertificate Certificate)> Certificates()
    {
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        yield return ("ECDSA P-256", SelfSign(new CertificateRequest("CN=smoke", ecdsa, HashAlgorithmName.SHA256)));
        using RSA rsa = RSA.Create(2048);
        yield return ("RSA", SelfSign(new CertificateRequest("CN=smoke", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
    }

    private static QuicCertificate SelfSign(CertificateRequest request)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
        return QuicCertificate.FromX509Certificate(certificate);
    }

    private static async Task<bool> ExchangeAsync(QuicCertificate certificate, CancellationToken cancellationToken)
    {
        await using QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await using QuicListener listener = endpoint.Listen(new QuicListenerOptions
        {
            ApplicationProtocols = [Protocol],
            ServerOptions = new QuicServerConnectionOptions { ServerCertificate = certificate },
        });
        await using QuicConnection client = await endpoint.ConnectAsync(
            new QuicClientConnectionOptions
            {
                RemoteEndPoint = endpoint.LocalEndPoint,
                ApplicationProtocols = [Protocol],
                CertificateValidation = QuicCertificateValidation.Pinned(certificate.RawLeaf),
            },
            cancellationToken);
        await using QuicStream question = await client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, cancellationToken);
        Task writing = question.WriteAsync(s_message, completeWrites: true, cancellationToken).AsTask();

        await using QuicConnection server = await listener.AcceptConnectionAsync(cancellationToken);
        await using QuicStream answer = await server.AcceptInboundStreamAsync(cancellationToken);
        Task echoing = EchoAsync(answer, cancellationToken);
        using MemoryStream received = new();
        await question.CopyToAsync(received, cancellationToken);
        await writing;
        await echoing;
        return received.ToArray().AsSpan().SequenceEqual(s_message);
    }

    private static async Task EchoAsync(QuicStream stream, CancellationToken cancellationToken)
    {
        await stream.CopyToAsync(stream, cancellationToken);
        stream.CompleteWrites();
    }
}
