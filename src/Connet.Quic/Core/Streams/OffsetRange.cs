namespace Connet.Quic.Core.Streams;

/// <summary>A run of stream bytes: <paramref name="Start"/> included, <paramref name="End"/> not.</summary>
internal readonly record struct OffsetRange(long Start, long End)
{
    public long Length => End - Start;
}
