using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Simulation;

/// <summary>The certificate of simulated servers, made once.</summary>
internal static class SimulationIdentity
{
    public static TlsIdentity Server { get; } = Create("server.example");

    public static TlsIdentity Client { get; } = Create("client.example");

    private static TlsIdentity Create(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(40), DateTimeOffset.UnixEpoch.AddYears(130));
        return TlsIdentity.FromDer([certificate.RawData], key.ExportPkcs8PrivateKey());
    }
}
