using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Control;
using Connet.Hosting;
using Connet.Quic;
using Connet.Relay;

namespace EmbeddedClient;

/// <summary>A control server and a relay for whoever has none: in this process, on free ports of this machine.</summary>
internal static class DemoServer
{
    public const string Token = "demo";

    /// <summary>Starts the server. Whoever has the certificate can check that it is this one.</summary>
    public static async Task<(ConnetServer Server, ReadOnlyMemory<byte> Certificate)> StartAsync(CancellationToken cancellationToken)
    {
        QuicCertificate certificate = CreateCertificate();
        ConnetServer server = await ConnetServer.StartAsync(
            new ConnetServerOptions
            {
                Certificate = certificate,
                ClientIngresses = [new ControlIngressOptions { Address = "127.0.0.1:0" }],
                ClientTokens = [Token],
                RelayIngresses = [new RelayIngressOptions { Address = "127.0.0.1:0", HostPorts = ["127.0.0.1"] }],
            },
            cancellationToken);
        return (server, certificate.RawLeaf);
    }

    private static QuicCertificate CreateCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=EmbeddedClient", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(7));
        return QuicCertificate.FromX509Certificate(certificate);
    }
}
