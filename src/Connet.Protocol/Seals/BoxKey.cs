using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Connet.Protocol.Keys;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;

namespace Connet.Protocol.Seals;

/// <summary>
/// The key that a relay and the control server share for one connection: NaCl's <c>box</c> precomputation, which is X25519, then
/// HSalsa20 with a zero nonce.
/// </summary>
internal static class BoxKey
{
    private const int BlockLength = 64;

    /// <summary>The four words of "expand 32-byte k", which HSalsa20's output leaves at the corners of the state.</summary>
    private static ReadOnlySpan<byte> Constants => "expand 32-byte k"u8;

    /// <summary>Computes the key for <see cref="SecretBox"/>; both sides get the same one.</summary>
    /// <returns>False if the other side's key is none.</returns>
    public static bool TryCompute(X25519KeyPair own, ReadOnlySpan<byte> otherPublicKey, [NotNullWhen(true)] out byte[]? key)
    {
        key = own.TryAgree(otherPublicKey, out byte[]? secret) ? HSalsa20(secret) : null;
        return key is not null;
    }

    /// <summary>
    /// HSalsa20 is the Salsa20 core without the final addition of its input, reduced to words 0, 5, 10, 15, 6, 7, 8 and 9. With
    /// a zero nonce those words are the constants and zeros, so a block of the plain cipher only needs the constants taken off.
    /// </summary>
    private static byte[] HSalsa20(byte[] secret)
    {
        Salsa20Engine cipher = new();
        cipher.Init(forEncryption: true, new ParametersWithIV(new KeyParameter(secret), new byte[8]));
        Span<byte> block = stackalloc byte[BlockLength];
        block.Clear();
        cipher.ProcessBytes(block, block);

        byte[] key = new byte[SecretBox.KeyLength];
        ReadOnlySpan<int> corners = [0, 5, 10, 15];
        ReadOnlySpan<int> middle = [6, 7, 8, 9];
        for (int i = 0; i < 4; i++)
        {
            uint added = BinaryPrimitives.ReadUInt32LittleEndian(Constants[(4 * i)..]);
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * corners[i])..]);
            BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(4 * i), unchecked(word - added));
            block.Slice(4 * middle[i], 4).CopyTo(key.AsSpan(16 + (4 * i)));
        }

        return key;
    }
}
