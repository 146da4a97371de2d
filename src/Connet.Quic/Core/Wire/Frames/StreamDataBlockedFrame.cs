using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire.Frames;

/// <summary>STREAM_DATA_BLOCKED (RFC 9000, section 19.13): a stream's limit stops the sender.</summary>
/// <param name="Id">The stream.</param>
/// <param name="Limit">The limit that stops it.</param>
internal readonly record struct StreamDataBlockedFrame(StreamId Id, long Limit)
{
    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out StreamDataBlockedFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long id) || !VarInt.TryRead(ref payload, out long limit))
        {
            return false;
        }

        frame = new(new StreamId(id), limit);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Id.Value) + VarInt.Length(Limit))
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.StreamDataBlocked);
        VarInt.Write(ref destination, Id.Value);
        VarInt.Write(ref destination, Limit);
        return true;
    }
}
