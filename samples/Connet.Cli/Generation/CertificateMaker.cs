using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Cli.Generation;

/// <summary>Makes certificates for ECDSA keys on P-256 that this program's servers, and others, can use.</summary>
/// <param name="now">The time from which they are good, less a margin for clocks that are behind.</param>
/// <param name="days">How long they are good.</param>
internal sealed class CertificateMaker(DateTimeOffset now, int days)
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    private const int SerialLength = 16;

    /// <summary>RFC 5280 appendix A.1: the upper bound of a common name.</summary>
    public const int LongestSubject = 64;

    private readonly DateTimeOffset _from = now.AddMinutes(-5);
    private readonly DateTimeOffset _to = now.AddDays(days);

    /// <summary>A certificate that signs others.</summary>
    public X509Certificate2 Authority(ECDsa key, string name)
    {
        CertificateRequest request = Request(key, name);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request.CreateSelfSigned(_from, _to);
    }

    /// <summary>A server's certificate, which it can show as a client too.</summary>
    /// <param name="key">The server's key.</param>
    /// <param name="names">DNS names and addresses that the server is reached by, the first one its subject.</param>
    /// <param name="authority">Who signs; null: the server itself.</param>
    public X509Certificate2 Server(ECDsa key, IReadOnlyList<string> names, X509Certificate2? authority)
    {
        CertificateRequest request = Request(key, names[0].Length <= LongestSubject ? names[0] : "connet");
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUsage), new Oid(ClientUsage)], critical: false));
        if (authority is null)
        {
            return request.CreateSelfSigned(_from, _to);
        }

        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        DateTimeOffset last = new(authority.NotAfter.ToUniversalTime());
        DateTimeOffset first = new(authority.NotBefore.ToUniversalTime());
        return last > now
            ? request.Create(authority, first > _from ? first : _from, last < _to ? last : _to, Serial())
            : throw new CommandFailure($"the authority's certificate has expired on {last:yyyy-MM-dd}: make another one with gen-cert --ca");
    }

    private static CertificateRequest Request(ECDsa key, string name)
    {
        X500DistinguishedNameBuilder subject = new();
        subject.AddCommonName(name);
        CertificateRequest request = new(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    /// <summary>RFC 5280 section 4.1.2.2: positive, and unique to the issuer.</summary>
    private static byte[] Serial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(SerialLength);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x01);
        return serial;
    }
}
