using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic;

namespace Connet.Cli.Demo;

/// <summary>A certificate for a server on this machine that lives as long as the process.</summary>
internal static class DemoCertificate
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(30);

    /// <summary>Makes a self-signed certificate for the loopback addresses.</summary>
    public static QuicCertificate Create(TimeProvider clock)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=connet demo", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = clock.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddMinutes(-5), now + s_lifetime);
        return QuicCertificate.FromX509Certificate(certificate);
    }
}
