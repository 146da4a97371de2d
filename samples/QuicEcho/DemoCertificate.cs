using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic;

namespace QuicEcho;

/// <summary>A certificate that lives as long as the process. Whoever has its bytes can pin it; nobody has to sign it.</summary>
internal static class DemoCertificate
{
    /// <summary>Makes a self-signed certificate for a new key.</summary>
    public static QuicCertificate Create()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=QuicEcho", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(7));
        return QuicCertificate.FromX509Certificate(certificate);
    }

    /// <summary>Takes the certificate to pin from a file in PEM or DER, or from base64.</summary>
    public static ReadOnlyMemory<byte> ReadPin(string fileOrBase64)
    {
        if (!File.Exists(fileOrBase64))
        {
            return Convert.FromBase64String(fileOrBase64);
        }

        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(fileOrBase64);
        return certificate.RawData;
    }
}
