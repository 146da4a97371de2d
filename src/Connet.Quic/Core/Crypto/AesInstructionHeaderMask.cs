using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// AES header protection (RFC 9001, section 5.4.3) by the processor's AES instructions: no call, no table, and so no
/// timing that depends on the key. Only where <see cref="X86Aes.IsSupported"/>.
/// </summary>
internal sealed class AesInstructionHeaderMask : HeaderMask
{
    private readonly Vector128<byte>[] _roundKeys;

    public AesInstructionHeaderMask(ReadOnlySpan<byte> key)
    {
        // AES-128 has 10 rounds, AES-256 has 14, and each takes one more round key than it has rounds.
        _roundKeys = new Vector128<byte>[(key.Length / sizeof(uint)) + 7];
        ExpandKey(key, MemoryMarshal.Cast<Vector128<byte>, uint>(_roundKeys.AsSpan()));
    }

    public override void Compute(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        Check(sample, mask);
        Vector128<byte>[] keys = _roundKeys;
        Vector128<byte> block = Vector128.Create(sample) ^ keys[0];
        for (int i = 1; i < keys.Length - 1; i++)
        {
            block = X86Aes.Encrypt(block, keys[i]);
        }

        block = X86Aes.EncryptLast(block, keys[^1]);
        BinaryPrimitives.WriteUInt32LittleEndian(mask, block.AsUInt32().ToScalar());
        mask[4] = block.GetElement(4);
    }

    protected override void Release() =>
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_roundKeys.AsSpan()));

    /// <summary>The key expansion of FIPS 197, section 5.2, over little-endian words.</summary>
    private static void ExpandKey(ReadOnlySpan<byte> key, Span<uint> words)
    {
        MemoryMarshal.Cast<byte, uint>(key).CopyTo(words);
        int keyWords = key.Length / sizeof(uint);
        uint roundConstant = 1;
        for (int i = keyWords; i < words.Length; i++)
        {
            uint word = words[i - 1];
            if (i % keyWords == 0)
            {
                word = BitOperations.RotateRight(SubstituteWord(word), 8) ^ roundConstant;
                roundConstant = roundConstant == 0x80 ? 0x1b : roundConstant << 1;
            }
            else if (keyWords == 8 && i % keyWords == 4)
            {
                word = SubstituteWord(word);
            }

            words[i] = words[i - keyWords] ^ word;
        }
    }

    /// <summary>The S-box on four bytes: with four equal columns the row shift of the instruction changes nothing.</summary>
    private static uint SubstituteWord(uint word) =>
        X86Aes.EncryptLast(Vector128.Create(word).AsByte(), Vector128<byte>.Zero).AsUInt32().ToScalar();
}
