using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace Connet.Protocol.Seals;

/// <summary>
/// NaCl's <c>secretbox</c>, XSalsa20-Poly1305, with its nonce in front: 24 bytes nonce, 16 bytes tag, then as many bytes as the
/// plaintext has. For short values, in one piece.
/// </summary>
internal static class SecretBox
{
    /// <summary>The bytes of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>The bytes of a nonce, which are random.</summary>
    public const int NonceLength = 24;

    /// <summary>What a sealed value is longer than the plain one.</summary>
    public const int Overhead = NonceLength + TagLength;

    private const int TagLength = 16;

    /// <summary>The key stream begins with the key of Poly1305.</summary>
    private const int MacKeyLength = 32;

    /// <summary>Seals with a random nonce: 192 bits, so that they do not repeat.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plaintext)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        RandomNumberGenerator.Fill(nonce);
        return Seal(key, nonce, plaintext);
    }

    /// <summary>Seals with a nonce that must never be used twice with one key.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext)
    {
        byte[] result = new byte[Overhead + plaintext.Length];
        nonce.CopyTo(result);
        Span<byte> sealedText = result.AsSpan(Overhead);
        Span<byte> macKey = stackalloc byte[MacKeyLength];
        XSalsa20Engine cipher = Start(key, nonce, macKey);
        cipher.ProcessBytes(plaintext, sealedText);
        Authenticate(macKey, sealedText, result.AsSpan(NonceLength, TagLength));
        return result;
    }

    /// <summary>Opens what <see cref="Seal(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> returned.</summary>
    /// <returns>False if it was made with another key, or changed on the way.</returns>
    public static bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sealedValue, [NotNullWhen(true)] out byte[]? plaintext)
    {
        plaintext = null;
        if (sealedValue.Length < Overhead)
        {
            return false;
        }

        ReadOnlySpan<byte> sealedText = sealedValue[Overhead..];
        Span<byte> macKey = stackalloc byte[MacKeyLength];
        XSalsa20Engine cipher = Start(key, sealedValue[..NonceLength], macKey);
        Span<byte> tag = stackalloc byte[TagLength];
        Authenticate(macKey, sealedText, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, sealedValue.Slice(NonceLength, TagLength)))
        {
            return false;
        }

        plaintext = new byte[sealedText.Length];
        cipher.ProcessBytes(sealedText, plaintext);
        return true;
    }

    /// <summary>Takes the key of Poly1305 off the key stream; the cipher stands at the first byte of the text then.</summary>
    private static XSalsa20Engine Start(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, Span<byte> macKey)
    {
        XSalsa20Engine cipher = new();
        cipher.Init(forEncryption: true, new ParametersWithIV(new KeyParameter(key), nonce));
        macKey.Clear();
        cipher.ProcessBytes(macKey, macKey);
        return cipher;
    }

    private static void Authenticate(ReadOnlySpan<byte> macKey, ReadOnlySpan<byte> text, Span<byte> tag)
    {
        Poly1305 mac = new();
        mac.Init(new KeyParameter(macKey));
        mac.BlockUpdate(text);
        mac.DoFinal(tag);
    }
}
