namespace Connet.Quic.Core.Wire.Frames;

/// <summary>NEW_TOKEN (RFC 9000, section 19.7): a token for the client's next connection. It borrows the packet.</summary>
internal readonly ref struct NewTokenFrame(ReadOnlySpan<byte> token)
{
    /// <summary>The token; never empty once parsed.</summary>
    public ReadOnlySpan<byte> Token { get; } = token;

    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR: also for an empty token.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out NewTokenFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long length) || length == 0 || length > payload.Length)
        {
            return false;
        }

        frame = new(payload[..(int)length]);
        payload = payload[(int)length..];
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Token.Length) + Token.Length)
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.NewToken);
        VarInt.Write(ref destination, Token.Length);
        Token.CopyTo(destination);
        destination = destination[Token.Length..];
        return true;
    }
}
