namespace Connet.Quic.Core.Wire.Frames;

/// <summary>CONNECTION_CLOSE of either kind (RFC 9000, section 19.19). It borrows the packet.</summary>
internal readonly ref struct ConnectionCloseFrame(bool isApplication, long errorCode, long frameType, ReadOnlySpan<byte> reason)
{
    /// <summary>Whether the application closed (0x1d) rather than the transport (0x1c).</summary>
    public bool IsApplication { get; } = isApplication;

    /// <summary>A <see cref="TransportErrorCode"/>, or the application's own.</summary>
    public long ErrorCode { get; } = errorCode;

    /// <summary>The type of the frame that caused a transport error, 0 if unknown; always 0 when the application closed.</summary>
    public long FrameType { get; } = isApplication ? 0 : frameType;

    /// <summary>Why, in UTF-8 if the sender followed the rules: nothing has checked it.</summary>
    public ReadOnlySpan<byte> Reason { get; } = reason;

    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR.</summary>
    public static bool TryParse(FrameType type, ref ReadOnlySpan<byte> payload, out ConnectionCloseFrame frame)
    {
        frame = default;
        bool isApplication = type == Wire.FrameType.ConnectionCloseApplication;
        long frameType = 0;
        if (!VarInt.TryRead(ref payload, out long errorCode)
            || (!isApplication && !VarInt.TryRead(ref payload, out frameType))
            || !VarInt.TryRead(ref payload, out long length)
            || length > payload.Length)
        {
            return false;
        }

        frame = new(isApplication, errorCode, frameType, payload[..(int)length]);
        payload = payload[(int)length..];
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        int length = 1 + VarInt.Length(ErrorCode) + (IsApplication ? 0 : VarInt.Length(FrameType)) + VarInt.Length(Reason.Length) + Reason.Length;
        if (destination.Length < length)
        {
            return false;
        }

        FrameTypes.Write(ref destination, IsApplication ? Wire.FrameType.ConnectionCloseApplication : Wire.FrameType.ConnectionClose);
        VarInt.Write(ref destination, ErrorCode);
        if (!IsApplication)
        {
            VarInt.Write(ref destination, FrameType);
        }

        VarInt.Write(ref destination, Reason.Length);
        Reason.CopyTo(destination);
        destination = destination[Reason.Length..];
        return true;
    }
}
