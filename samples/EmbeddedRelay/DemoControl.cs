using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Control;
using Connet.Quic;

namespace EmbeddedRelay;

/// <summary>A control server for the check, in this process and on free ports of this machine.</summary>
internal static class DemoControl
{
    public const string RelayToken = "demo";

    /// <summary>Starts the control server. Whoever has the certificate can check that it is this one.</summary>
    public static async Task<(ControlServer Server, ReadOnlyMemory<byte> Certificate)> StartAsync(CancellationToken cancellationToken)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=EmbeddedRelay", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 selfSigned = request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(7));
        QuicCertificate certificate = QuicCertificate.FromX509Certificate(selfSigned);
        ControlServer server = await ControlServer.StartAsync(
            new ControlServerOptions
            {
                Certificate = certificate,
                ClientIngresses = [new ControlIngressOptions { Address = "127.0.0.1:0" }],
                RelayIngresses = [new ControlIngressOptions { Address = "127.0.0.1:0" }],
                RelayTokens = [RelayToken],
            },
            cancellationToken);
        return (server, certificate.RawLeaf);
    }
}
