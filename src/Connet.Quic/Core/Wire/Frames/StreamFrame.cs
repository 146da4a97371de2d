using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire.Frames;

/// <summary>STREAM (RFC 9000, section 19.8): bytes of a stream. It borrows the packet.</summary>
internal readonly ref struct StreamFrame(StreamId id, long offset, ReadOnlySpan<byte> data, bool fin)
{
    private const int FinBit = 0x01;
    private const int LengthBit = 0x02;
    private const int OffsetBit = 0x04;

    public StreamId Id { get; } = id;

    public long Offset { get; } = offset;

    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Whether the stream ends with this frame.</summary>
    public bool Fin { get; } = fin;

    /// <summary>
    /// Reads the frame after its type, whose low bits say what it has. <c>false</c> is a FRAME_ENCODING_ERROR: also for an
    /// end beyond 2^62 - 1.
    /// </summary>
    public static bool TryParse(FrameType type, ref ReadOnlySpan<byte> payload, out StreamFrame frame)
    {
        frame = default;
        long offset = 0;
        if (!VarInt.TryRead(ref payload, out long id) || (((int)type & OffsetBit) != 0 && !VarInt.TryRead(ref payload, out offset)))
        {
            return false;
        }

        long length = payload.Length;
        if (((int)type & LengthBit) != 0 && (!VarInt.TryRead(ref payload, out length) || length > payload.Length))
        {
            return false;
        }

        if (offset > VarInt.MaxValue - length)
        {
            return false;
        }

        frame = new(new StreamId(id), offset, payload[..(int)length], ((int)type & FinBit) != 0);
        payload = payload[(int)length..];
        return true;
    }

    /// <summary>How many bytes such a frame takes besides its data, with an explicit length.</summary>
    public static int HeaderLength(StreamId id, long offset, int dataLength) =>
        1 + VarInt.Length(id.Value) + (offset == 0 ? 0 : VarInt.Length(offset)) + VarInt.Length(dataLength);

    /// <summary>
    /// Writes everything but the data, of which <paramref name="dataLength"/> bytes must follow. The caller has made sure
    /// of the room.
    /// </summary>
    public static void WriteHeader(ref Span<byte> destination, StreamId id, long offset, int dataLength, bool fin)
    {
        int bits = LengthBit | (offset == 0 ? 0 : OffsetBit) | (fin ? FinBit : 0);
        FrameTypes.Write(ref destination, (FrameType)((int)FrameType.Stream | bits));
        VarInt.Write(ref destination, id.Value);
        if (offset != 0)
        {
            VarInt.Write(ref destination, offset);
        }

        VarInt.Write(ref destination, dataLength);
    }
}
