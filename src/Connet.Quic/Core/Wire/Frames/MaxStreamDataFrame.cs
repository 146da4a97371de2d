using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire.Frames;

/// <summary>MAX_STREAM_DATA (RFC 9000, section 19.10): one stream's flow control limit.</summary>
/// <param name="Id">The stream.</param>
/// <param name="Maximum">How many bytes may be sent on it.</param>
internal readonly record struct MaxStreamDataFrame(StreamId Id, long Maximum)
{
    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out MaxStreamDataFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long id) || !VarInt.TryRead(ref payload, out long maximum))
        {
            return false;
        }

        frame = new(new StreamId(id), maximum);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Id.Value) + VarInt.Length(Maximum))
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.MaxStreamData);
        VarInt.Write(ref destination, Id.Value);
        VarInt.Write(ref destination, Maximum);
        return true;
    }
}
