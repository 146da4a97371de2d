using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Connet.Quic.Io.Linux;

/// <summary>Reads and writes the ancillary data of a message (struct cmsghdr: size_t length, int level, int type, then data).</summary>
internal static class ControlMessages
{
    public const int IpLevel = 0; // SOL_IP
    public const int UdpLevel = 17; // SOL_UDP
    public const int IPv6Level = 41; // SOL_IPV6
    public const int UdpSegment = 103; // UDP_SEGMENT
    public const int UdpReceiveOffload = 104; // UDP_GRO
    public const int IpTypeOfService = 1; // IP_TOS
    public const int IpReceiveTypeOfService = 13; // IP_RECVTOS
    public const int IPv6ReceiveTrafficClass = 66; // IPV6_RECVTCLASS
    public const int IPv6TrafficClass = 67; // IPV6_TCLASS

    /// <summary>Room for every control message that is written here, and for those that the options ask the kernel for.</summary>
    public const int BufferLength = 128;

    private const int HeaderLength = 16;
    private const byte EcnMask = 0x03;

    /// <summary>Appends a control message with a 16-bit value.</summary>
    /// <returns>The length of the control data so far.</returns>
    public static int AppendUInt16(Span<byte> control, int length, int level, int type, ushort value)
    {
        Span<byte> data = AppendHeader(control, length, level, type, sizeof(ushort));
        MemoryMarshal.Write(data, in value);
        return length + Aligned(HeaderLength + sizeof(ushort));
    }

    /// <summary>Appends a control message with a 32-bit value.</summary>
    /// <returns>The length of the control data so far.</returns>
    public static int AppendInt32(Span<byte> control, int length, int level, int type, int value)
    {
        Span<byte> data = AppendHeader(control, length, level, type, sizeof(int));
        MemoryMarshal.Write(data, in value);
        return length + Aligned(HeaderLength + sizeof(int));
    }

    /// <summary>Finds the segment size (0 if there is none) and the ECN bits in what the kernel reported. Never reads past the end.</summary>
    public static void Parse(ReadOnlySpan<byte> control, out int segmentSize, out byte ecn)
    {
        segmentSize = 0;
        ecn = 0;
        while (control.Length >= HeaderLength)
        {
            ulong claimed = MemoryMarshal.Read<ulong>(control);
            if (claimed < HeaderLength || claimed > (ulong)control.Length)
            {
                return;
            }

            int length = (int)claimed;
            int level = MemoryMarshal.Read<int>(control[8..]);
            int type = MemoryMarshal.Read<int>(control[12..]);
            ReadOnlySpan<byte> data = control[HeaderLength..length];
            if (level == UdpLevel && type == UdpReceiveOffload && data.Length >= sizeof(ushort))
            {
                segmentSize = data.Length >= sizeof(int) ? MemoryMarshal.Read<int>(data) : MemoryMarshal.Read<ushort>(data);
            }
            else if ((level, type) is (IpLevel, IpTypeOfService) or (IPv6Level, IPv6TrafficClass) && data.Length > 0)
            {
                // One byte for IPv4, an int for IPv6, whose low byte comes first on the little-endian machines this runs on.
                ecn = (byte)(data[0] & EcnMask);
            }

            control = control[Math.Min(Aligned(length), control.Length)..];
        }
    }

    private static Span<byte> AppendHeader(Span<byte> control, int offset, int level, int type, int dataLength)
    {
        // The padding goes to the kernel as well: clear it.
        Span<byte> message = control.Slice(offset, Aligned(HeaderLength + dataLength));
        message.Clear();
        ulong length = (ulong)(HeaderLength + dataLength);
        MemoryMarshal.Write(message, in length);
        MemoryMarshal.Write(message[8..], in level);
        MemoryMarshal.Write(message[12..], in type);
        return message[HeaderLength..];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Aligned(int length) => (length + 7) & ~7;
}
