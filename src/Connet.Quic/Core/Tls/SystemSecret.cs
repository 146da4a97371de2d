using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl;

namespace Connet.Quic.Core.Tls;

/// <summary>A secret of the key schedule, with the platform's HMAC and HKDF (RFC 8446, section 7.1).</summary>
internal sealed class SystemSecret(QuicTlsCrypto crypto, byte[] data) : AbstractTlsSecret(data)
{
    protected override AbstractTlsCrypto Crypto => crypto;

    /// <summary>The bytes of a secret the engine still needs.</summary>
    public static byte[] Copy(TlsSecret secret) => CopyData((AbstractTlsSecret)secret);

    public override byte[] CalculateHmac(int cryptoHashAlgorithm, byte[] buf, int off, int len)
    {
        CheckAlive();
        return CryptographicOperations.HmacData(SigningAlgorithms.HashName(cryptoHashAlgorithm), m_data, buf.AsSpan(off, len));
    }

    public override TlsSecret DeriveUsingPrf(int prfAlgorithm, string label, byte[] seed, int length) =>
        DeriveUsingPrf(prfAlgorithm, label.AsSpan(), seed, length);

    public override TlsSecret DeriveUsingPrf(int prfAlgorithm, ReadOnlySpan<char> label, ReadOnlySpan<byte> seed, int length) =>
        TlsCryptoUtilities.HkdfExpandLabel(this, TlsCryptoUtilities.GetHashForPrf(prfAlgorithm), label, seed, length);

    public override TlsSecret HkdfExpand(int cryptoHashAlgorithm, byte[] info, int length) =>
        HkdfExpand(cryptoHashAlgorithm, info.AsSpan(), length);

    public override TlsSecret HkdfExpand(int cryptoHashAlgorithm, ReadOnlySpan<byte> info, int length)
    {
        CheckAlive();
        byte[] expanded = new byte[length];
        HKDF.Expand(SigningAlgorithms.HashName(cryptoHashAlgorithm), m_data, expanded, info);
        return new SystemSecret(crypto, expanded);
    }

    /// <summary>This secret is the salt, and gone afterwards, as with the engine's own.</summary>
    public override TlsSecret HkdfExtract(int cryptoHashAlgorithm, TlsSecret ikm)
    {
        byte[] salt = Extract();
        byte[] input = Copy(ikm);
        byte[] extracted = new byte[TlsCryptoUtilities.GetHashOutputSize(cryptoHashAlgorithm)];
        HKDF.Extract(SigningAlgorithms.HashName(cryptoHashAlgorithm), input, salt, extracted);
        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(salt);
        return new SystemSecret(crypto, extracted);
    }
}
