using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire.Frames;

/// <summary>RESET_STREAM (RFC 9000, section 19.4): the sender gives the stream up.</summary>
/// <param name="Id">The stream.</param>
/// <param name="ErrorCode">The application's error code.</param>
/// <param name="FinalSize">How many bytes the stream has, which flow control counts.</param>
internal readonly record struct ResetStreamFrame(StreamId Id, long ErrorCode, long FinalSize)
{
    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out ResetStreamFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long id)
            || !VarInt.TryRead(ref payload, out long errorCode)
            || !VarInt.TryRead(ref payload, out long finalSize))
        {
            return false;
        }

        frame = new(new StreamId(id), errorCode, finalSize);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Id.Value) + VarInt.Length(ErrorCode) + VarInt.Length(FinalSize))
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.ResetStream);
        VarInt.Write(ref destination, Id.Value);
        VarInt.Write(ref destination, ErrorCode);
        VarInt.Write(ref destination, FinalSize);
        return true;
    }
}
