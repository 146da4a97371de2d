using Connet.Protocol.Naming;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Connet.Protocol.Identities;

/// <summary>A certificate that this process made for itself, with its Ed25519 key.</summary>
internal sealed class GeneratedCertificate
{
    private readonly Ed25519PrivateKeyParameters _key;
    private readonly byte[] _certificate;

    internal GeneratedCertificate(byte[] certificate, Ed25519PrivateKeyParameters key, string? serverName)
    {
        _certificate = certificate;
        _key = key;
        ServerName = serverName;
        Key = CertificateKey.Of(certificate);
    }

    /// <summary>The certificate in DER: what is announced, and what the other side pins.</summary>
    public ReadOnlyMemory<byte> Certificate => _certificate;

    /// <summary>The <see cref="CertificateKey"/> of the certificate.</summary>
    public string Key { get; }

    /// <summary>The DNS name of a server certificate, null for a client certificate.</summary>
    public string? ServerName { get; }

    /// <summary>The private key as a PKCS#8 structure (RFC 8410 section 7), a new copy each time.</summary>
    public byte[] ExportPkcs8()
    {
        // Version 1, without the public key: every reader knows that form.
        AlgorithmIdentifier algorithm = new(EdECObjectIdentifiers.id_Ed25519);
        return new PrivateKeyInfo(algorithm, new DerOctetString(_key.GetEncoded())).GetDerEncoded();
    }

    /// <summary>Signs with the certificate's key (Ed25519, RFC 8032).</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        byte[] signature = new byte[Ed25519.SignatureSize];
        byte[] copy = message.ToArray();
        _key.Sign(Ed25519.Algorithm.Ed25519, null, copy, 0, copy.Length, signature, 0);
        return signature;
    }

    /// <summary>Names the certificate; the key is never shown.</summary>
    public override string ToString() => $"GeneratedCertificate {{ Key = {Key}, ServerName = {ServerName} }}";
}
