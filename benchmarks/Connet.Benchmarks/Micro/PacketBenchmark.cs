using BenchmarkDotNet.Attributes;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Benchmarks.Micro;

/// <summary>A full 1-RTT packet with one STREAM frame: header, frame, seal, header protection.</summary>
[MemoryDiagnoser]
public class PacketBenchmark
{
    private const int NumberLength = 2;
    private readonly byte[] _packet = new byte[1452];
    private readonly byte[] _data = new byte[1400];
    private readonly ConnectionId _id = new([1, 2, 3, 4, 5, 6, 7, 8]);
    private PacketKey _key = null!;
    private HeaderProtectionKey _header = null!;
    private long _number;

    [GlobalSetup]
    public void SetUp()
    {
        _key = PacketKey.Create(CryptoProvider.Default, CipherSuite.Aes128GcmSha256, new byte[32]);
        _header = HeaderProtectionKey.Create(CryptoProvider.Default, CipherSuite.Aes128GcmSha256, new byte[32]);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _key.Dispose();
        _header.Dispose();
    }

    [Benchmark]
    public int Build()
    {
        long number = _number++ & 0xfffff;
        int headerLength = PacketHeaderWriter.WriteShort(_packet, _id, keyPhase: false, NumberLength);
        PacketNumber.Write(_packet.AsSpan(headerLength), number, NumberLength);
        Span<byte> cursor = _packet.AsSpan(headerLength + NumberLength);
        StreamFrame.WriteHeader(ref cursor, new StreamId(4), 1_000_000, _data.Length, fin: false);
        _data.CopyTo(cursor);
        int length = _packet.Length - cursor.Length + _data.Length + Aead.TagLength;
        Span<byte> packet = _packet.AsSpan(0, length);
        _key.Seal(number, packet, headerLength + NumberLength);
        _header.Protect(packet, headerLength, NumberLength);
        return length;
    }
}
