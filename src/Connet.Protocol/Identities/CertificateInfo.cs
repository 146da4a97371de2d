using System.Diagnostics.CodeAnalysis;
using Connet.Protocol.Naming;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Connet.Protocol.Identities;

/// <summary>What is read out of a certificate that somebody announced. Whether it is the right one is a matter of its bytes.</summary>
internal sealed class CertificateInfo
{
    /// <summary>Generated certificates have about 500 bytes; this leaves room for anything sensible.</summary>
    private const int MaxLength = 64 * 1024;

    private readonly byte[] _certificate;
    private readonly byte[]? _ed25519;

    private CertificateInfo(byte[] certificate, string? serverName, byte[]? ed25519)
    {
        _certificate = certificate;
        _ed25519 = ed25519;
        ServerName = serverName;
        Key = CertificateKey.Of(certificate);
    }

    /// <summary>The certificate in DER, byte for byte as it was announced.</summary>
    public ReadOnlyMemory<byte> Certificate => _certificate;

    /// <summary>The <see cref="CertificateKey"/> of the certificate.</summary>
    public string Key { get; }

    /// <summary>The first DNS name among the alternative names, null if there is none.</summary>
    public string? ServerName { get; }

    /// <summary>Reads an announced certificate.</summary>
    /// <returns>False if it cannot be read.</returns>
    public static bool TryRead(ReadOnlySpan<byte> certificate, [NotNullWhen(true)] out CertificateInfo? info)
    {
        info = null;
        if (certificate.Length > MaxLength)
        {
            return false;
        }

        byte[] copy = certificate.ToArray();
        try
        {
            X509CertificateStructure structure = X509CertificateStructure.GetInstance(Asn1Object.FromByteArray(copy));
            SubjectPublicKeyInfo key = structure.SubjectPublicKeyInfo;
            bool isEd25519 = key.Algorithm.Algorithm.Equals(EdECObjectIdentifiers.id_Ed25519);
            byte[]? ed25519 = isEd25519 ? key.PublicKey.GetOctets() : null;
            if (ed25519 is not null && ed25519.Length != Ed25519.PublicKeySize)
            {
                return false;
            }

            info = new CertificateInfo(copy, FirstDnsName(structure.Extensions), ed25519);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The reader has many ways to say that bytes are no certificate; none of them is our fault.
            return false;
        }
    }

    /// <summary>Verifies a signature (RFC 8032) with the certificate's key.</summary>
    /// <returns>False if the signature is wrong, or the key is not an Ed25519 key.</returns>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (_ed25519 is null || signature.Length != Ed25519.SignatureSize)
        {
            return false;
        }

        byte[] copy = message.ToArray();
        return Ed25519.Verify(signature.ToArray(), 0, _ed25519, 0, copy, 0, copy.Length);
    }

    /// <summary>Names the certificate.</summary>
    public override string ToString() => $"CertificateInfo {{ Key = {Key}, ServerName = {ServerName} }}";

    private static string? FirstDnsName(X509Extensions? extensions)
    {
        Asn1Encodable? names = extensions?.GetExtensionParsedValue(X509Extensions.SubjectAlternativeName);
        return names is null
            ? null
            : GeneralNames.GetInstance(names).GetNames()
                .Where(name => name.TagNo == GeneralName.DnsName)
                .Select(name => DerIA5String.GetInstance(name.Name).GetString())
                .FirstOrDefault();
    }
}
