using BenchmarkDotNet.Attributes;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Benchmarks.Micro;

/// <summary>Writing and parsing the frames of bulk transfer.</summary>
[MemoryDiagnoser]
public class FrameBenchmark
{
    private readonly byte[] _packet = new byte[1452];
    private readonly byte[] _ack = new byte[256];
    private readonly PacketNumberRange[] _ranges = [new(900, 1000), new(600, 800), new(0, 500)];
    private int _ackLength;

    [GlobalSetup]
    public void SetUp()
    {
        WriteStream();
        _ackLength = WriteAck();
    }

    [Benchmark]
    public int WriteStream()
    {
        Span<byte> cursor = _packet;
        StreamFrame.WriteHeader(ref cursor, new StreamId(4), 1_000_000, 1400, fin: false);
        return cursor.Length;
    }

    [Benchmark]
    public int ParseStream()
    {
        ReadOnlySpan<byte> payload = _packet;
        return FrameTypes.TryRead(ref payload, out FrameType type) == TransportErrorCode.NoError
            && StreamFrame.TryParse(type, ref payload, out StreamFrame frame) ? frame.Data.Length : -1;
    }

    [Benchmark]
    public int WriteAck()
    {
        Span<byte> cursor = _ack;
        AckFrame.TryWrite(ref cursor, _ranges, rawDelay: 100, default);
        return _ack.Length - cursor.Length;
    }

    [Benchmark]
    public long ParseAck()
    {
        ReadOnlySpan<byte> payload = _ack.AsSpan(0, _ackLength);
        if (FrameTypes.TryRead(ref payload, out FrameType type) != TransportErrorCode.NoError || !AckFrame.TryParse(type, ref payload, out AckFrame frame))
        {
            return -1;
        }

        long packets = 0;
        foreach (PacketNumberRange range in frame)
        {
            packets += range.Largest - range.Smallest + 1;
        }

        return packets;
    }
}
