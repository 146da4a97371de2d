using System.Buffers.Binary;

namespace Connet.Client.Peers;

/// <summary>
/// What a DATAGRAM frame of a direct path begins with: the id of the flow's stream as a variable-length integer (protocol.md section 10, RFC 9000
/// section 16).
/// </summary>
internal static class FlowId
{
    /// <summary>The longest form, in bytes.</summary>
    public const int MaxLength = 8;

    /// <summary>How long an id is in its shortest form.</summary>
    public static int LengthOf(long id) => id switch
    {
        < 1L << 6 => 1,
        < 1L << 14 => 2,
        < 1L << 30 => 4,
        _ => MaxLength,
    };

    /// <summary>Writes an id in its shortest form.</summary>
    /// <returns>How many bytes it took.</returns>
    public static int Write(Span<byte> buffer, long id)
    {
        int length = LengthOf(id);
        switch (length)
        {
            case 1:
                buffer[0] = (byte)id;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)(id | 0x4000));
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(buffer, (uint)(id | 0x8000_0000));
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(buffer, (ulong)id | 0xc000_0000_0000_0000);
                break;
        }

        return length;
    }

    /// <summary>Reads the id at the beginning of a frame, in whatever form.</summary>
    /// <returns>How many bytes it took; 0 if the frame is too short to have one.</returns>
    public static int Read(ReadOnlySpan<byte> frame, out long id)
    {
        id = 0;
        if (frame.IsEmpty)
        {
            return 0;
        }

        int length = 1 << (frame[0] >> 6);
        if (frame.Length < length)
        {
            return 0;
        }

        id = frame[0] & 0x3f;
        for (int i = 1; i < length; i++)
        {
            id = (id << 8) | frame[i];
        }

        return length;
    }
}
