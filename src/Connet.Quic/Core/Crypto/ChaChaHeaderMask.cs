using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// ChaCha20 header protection (RFC 9001, section 5.4.4) by one block of RFC 8439, section 2.3. Written out here because
/// neither the platform nor BouncyCastle lets a caller choose the block counter. Additions, rotations and exclusive ors
/// only: no timing depends on the key.
/// </summary>
internal sealed class ChaChaHeaderMask(ReadOnlySpan<byte> key) : HeaderMask
{
    private static readonly Vector128<uint> _constants = Vector128.Create(0x61707865u, 0x3320646e, 0x79622d32, 0x6b206574);

    private readonly uint[] _key = ReadWords(key);

    public override void Compute(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        Check(sample, mask);

        // The sample is the block counter and the nonce, all little-endian words, which is the state's last row as it is.
        Vector128<uint> fourth = Vector128.Create(
            BinaryPrimitives.ReadUInt32LittleEndian(sample),
            BinaryPrimitives.ReadUInt32LittleEndian(sample[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(sample[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(sample[12..]));
        Vector128<uint> first = _constants;
        Vector128<uint> second = Vector128.Create(_key, 0);
        Vector128<uint> third = Vector128.Create(_key, 4);
        for (int round = 0; round < 20; round += 2)
        {
            QuarterRounds(ref first, ref second, ref third, ref fourth);
            second = RotateByOne(second);
            third = RotateByTwo(third);
            fourth = RotateByThree(fourth);
            QuarterRounds(ref first, ref second, ref third, ref fourth);
            second = RotateByThree(second);
            third = RotateByTwo(third);
            fourth = RotateByOne(fourth);
        }

        // Five bytes are wanted, so of the final addition of the initial state only the first two words matter.
        BinaryPrimitives.WriteUInt32LittleEndian(mask, first.ToScalar() + _constants.ToScalar());
        mask[4] = (byte)(first.GetElement(1) + _constants.GetElement(1));
    }

    protected override void Release() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_key.AsSpan()));

    private static void QuarterRounds(ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d)
    {
        a += b;
        d = RotateLeft(d ^ a, 16);
        c += d;
        b = RotateLeft(b ^ c, 12);
        a += b;
        d = RotateLeft(d ^ a, 8);
        c += d;
        b = RotateLeft(b ^ c, 7);
    }

    private static Vector128<uint> RotateLeft(Vector128<uint> value, int bits) => (value << bits) | (value >>> (32 - bits));

    private static Vector128<uint> RotateByOne(Vector128<uint> row) => Vector128.Shuffle(row, Vector128.Create(1u, 2, 3, 0));

    private static Vector128<uint> RotateByTwo(Vector128<uint> row) => Vector128.Shuffle(row, Vector128.Create(2u, 3, 0, 1));

    private static Vector128<uint> RotateByThree(Vector128<uint> row) => Vector128.Shuffle(row, Vector128.Create(3u, 0, 1, 2));

    private static uint[] ReadWords(ReadOnlySpan<byte> key)
    {
        uint[] words = new uint[key.Length / sizeof(uint)];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(i * sizeof(uint))..]);
        }

        return words;
    }
}
