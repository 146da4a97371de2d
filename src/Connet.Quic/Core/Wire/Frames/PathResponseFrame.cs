using System.Buffers.Binary;

namespace Connet.Quic.Core.Wire.Frames;

/// <summary>PATH_RESPONSE (RFC 9000, section 19.18): the echo of a PATH_CHALLENGE.</summary>
/// <param name="Data">The eight bytes, the first one highest.</param>
internal readonly record struct PathResponseFrame(ulong Data)
{
    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out PathResponseFrame frame)
    {
        frame = default;
        if (!BinaryPrimitives.TryReadUInt64BigEndian(payload, out ulong data))
        {
            return false;
        }

        payload = payload[sizeof(ulong)..];
        frame = new(data);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + sizeof(ulong))
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.PathResponse);
        BinaryPrimitives.WriteUInt64BigEndian(destination, Data);
        destination = destination[sizeof(ulong)..];
        return true;
    }
}
