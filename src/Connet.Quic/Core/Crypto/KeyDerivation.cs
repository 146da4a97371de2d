using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>HKDF-Expand-Label of TLS 1.3 (RFC 8446, section 7.1), with which every key of QUIC is derived.</summary>
internal static class KeyDerivation
{
    private const int MaxLabelLength = 16;

    /// <summary>Expands <paramref name="secret"/> under a label and an empty context into <paramref name="output"/>.</summary>
    public static void ExpandLabel(HashAlgorithmName hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, Span<byte> output)
    {
        Span<byte> info = stackalloc byte[sizeof(ushort) + 1 + Prefix.Length + MaxLabelLength + 1];
        HKDF.Expand(hash, secret, output, info[..WriteInfo(info, label, output.Length)]);
    }

    /// <summary>Encodes the HkdfLabel structure and returns its length.</summary>
    internal static int WriteInfo(Span<byte> info, ReadOnlySpan<byte> label, int outputLength)
    {
        BinaryPrimitives.WriteUInt16BigEndian(info, (ushort)outputLength);
        info[2] = (byte)(Prefix.Length + label.Length);
        Prefix.CopyTo(info[3..]);
        label.CopyTo(info[(3 + Prefix.Length)..]);
        int length = 3 + Prefix.Length + label.Length;
        info[length] = 0;
        return length + 1;
    }

    private static ReadOnlySpan<byte> Prefix => "tls13 "u8;
}
