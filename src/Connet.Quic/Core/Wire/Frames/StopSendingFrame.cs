using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire.Frames;

/// <summary>STOP_SENDING (RFC 9000, section 19.5): the receiver wants no more of the stream.</summary>
/// <param name="Id">The stream.</param>
/// <param name="ErrorCode">The application's error code.</param>
internal readonly record struct StopSendingFrame(StreamId Id, long ErrorCode)
{
    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out StopSendingFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long id) || !VarInt.TryRead(ref payload, out long errorCode))
        {
            return false;
        }

        frame = new(new StreamId(id), errorCode);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Id.Value) + VarInt.Length(ErrorCode))
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.StopSending);
        VarInt.Write(ref destination, Id.Value);
        VarInt.Write(ref destination, ErrorCode);
        return true;
    }
}
