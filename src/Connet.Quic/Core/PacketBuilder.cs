namespace Connet.Quic.Core;

/// <summary>A packet under construction: its header is written, its frames go to <see cref="Payload"/>.</summary>
internal readonly ref struct PacketBuilder
{
    public PacketBuilder(Span<byte> buffer, long packetNumber, int packetNumberLength, int headerLength, int lengthOffset, int tagLength)
    {
        Buffer = buffer;
        PacketNumber = packetNumber;
        PacketNumberLength = packetNumberLength;
        HeaderLength = headerLength;
        LengthOffset = lengthOffset;
        Payload = buffer[headerLength..^tagLength];
    }

    /// <summary>The whole room of the packet.</summary>
    public Span<byte> Buffer { get; }

    /// <summary>The room for frames.</summary>
    public Span<byte> Payload { get; }

    public long PacketNumber { get; }

    public int PacketNumberLength { get; }

    /// <summary>The header's length, packet number included.</summary>
    public int HeaderLength { get; }

    /// <summary>Where a long header's Length field is; -1 for short headers.</summary>
    public int LengthOffset { get; }
}
