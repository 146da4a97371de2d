using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connet.EndToEnd.Tests.Services;

/// <summary>
/// A file that is never stored: blocks of random bytes, the same for everyone, each of which begins with its number, so that bytes lost,
/// doubled or out of order change the hash.
/// </summary>
internal static class BytePattern
{
    private const int BlockSize = 256 * 1024;
    private const int Seed = 20_111;

    public static async Task WriteAsync(long length, Func<ReadOnlyMemory<byte>, ValueTask> writeAsync)
    {
        byte[] block = NewBlock();
        long number = 0;
        for (long left = length; left > 0; left -= BlockSize)
        {
            BinaryPrimitives.WriteInt64BigEndian(block, number++);
            await writeAsync(block.AsMemory(0, (int)Math.Min(BlockSize, left)));
        }
    }

    public static string Sha256(long length)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = NewBlock();
        long number = 0;
        for (long left = length; left > 0; left -= BlockSize)
        {
            BinaryPrimitives.WriteInt64BigEndian(block, number++);
            hash.AppendData(block, 0, (int)Math.Min(BlockSize, left));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] NewBlock()
    {
        byte[] block = new byte[BlockSize];
        new Random(Seed).NextBytes(block);
        return block;
    }
}
