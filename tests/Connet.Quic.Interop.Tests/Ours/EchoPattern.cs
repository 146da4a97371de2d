namespace Connet.Quic.Interop.Tests.Ours;

/// <summary>
/// The bytes of one stream: a random block repeated. Its length is a prime, so that data from a wrong offset or of another stream cannot
/// match by accident, and a comparison costs no more than a memory compare.
/// </summary>
internal sealed class EchoPattern
{
    private const int BlockLength = 65521;
    private readonly byte[] _twice = new byte[2 * BlockLength];

    public EchoPattern(int seed)
    {
        new Random(seed).NextBytes(_twice.AsSpan(0, BlockLength));
        _twice.AsSpan(0, BlockLength).CopyTo(_twice.AsSpan(BlockLength));
    }

    /// <summary>At most one block of the sequence, starting at the offset.</summary>
    public ReadOnlyMemory<byte> Slice(long offset, long length) =>
        _twice.AsMemory((int)(offset % BlockLength), (int)Math.Min(length, BlockLength));

    public bool Matches(long offset, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> expected = Slice(offset, data.Length).Span;
            if (!data[..expected.Length].SequenceEqual(expected))
            {
                return false;
            }

            data = data[expected.Length..];
            offset += expected.Length;
        }

        return true;
    }
}
