using System.Buffers.Binary;

namespace Connet.Quic.Core.Wire;

/// <summary>The truncated packet numbers of RFC 9000, section 17.1 and appendix A.</summary>
internal static class PacketNumber
{
    /// <summary>The longest encoding in bytes.</summary>
    public const int MaxLength = 4;

    /// <summary>
    /// How many bytes (1 to 4) let the peer recover <paramref name="packetNumber"/>: enough for more than twice the
    /// distance to the largest acknowledged number (RFC 9000, section 17.1).
    /// </summary>
    /// <param name="packetNumber">The number about to be sent.</param>
    /// <param name="largestAcked">The largest number the peer acknowledged, or -1 if none.</param>
    public static int EncodedLength(long packetNumber, long largestAcked)
    {
        long distance = packetNumber - largestAcked;
        return distance < 1L << 7 ? 1 : distance < 1L << 15 ? 2 : distance < 1L << 23 ? 3 : 4;
    }

    /// <summary>
    /// Recovers the full number from its low <paramref name="length"/> bytes (RFC 9000, appendix A.3). The result is always
    /// in 0 to 2^62 - 1.
    /// </summary>
    /// <param name="largestReceived">The largest number received in the same space, or -1 if none.</param>
    /// <param name="truncated">The number as it stands in the packet.</param>
    /// <param name="length">Its length, 1 to 4 bytes.</param>
    public static long Decode(long largestReceived, uint truncated, int length)
    {
        long expected = largestReceived + 1;
        long window = 1L << (length * 8);
        long half = window / 2;
        long candidate = (expected & ~(window - 1)) | truncated;
        if (candidate <= expected - half && candidate <= VarInt.MaxValue - window)
        {
            return candidate + window;
        }

        // The second condition keeps the last window below 2^62 from running over.
        return (candidate > expected + half || candidate > VarInt.MaxValue) && candidate >= window
            ? candidate - window
            : candidate;
    }

    /// <summary>Writes the low <paramref name="length"/> bytes of a number.</summary>
    public static void Write(Span<byte> destination, long packetNumber, int length)
    {
        switch (length)
        {
            case 1:
                destination[0] = (byte)packetNumber;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)packetNumber);
                break;
            case 3:
                destination[2] = (byte)packetNumber;
                BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(packetNumber >> 8));
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)packetNumber);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(length), length, "A packet number takes 1 to 4 bytes.");
        }
    }
}
