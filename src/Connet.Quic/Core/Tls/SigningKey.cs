namespace Connet.Quic.Core.Tls;

/// <summary>A private key that signs CertificateVerify. Used by many connections at once.</summary>
internal abstract class SigningKey
{
    /// <summary>The TLS 1.3 signature schemes of this key, best first.</summary>
    public abstract IReadOnlyList<int> Schemes { get; }

    /// <summary>Signs <paramref name="message"/> with one of <see cref="Schemes"/>.</summary>
    public abstract byte[] Sign(int scheme, ReadOnlySpan<byte> message);

    /// <summary>Whether this is the private half of a certificate's SubjectPublicKeyInfo.</summary>
    public abstract bool Matches(Org.BouncyCastle.Asn1.X509.SubjectPublicKeyInfo publicKey);
}
