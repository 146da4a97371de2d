using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io.Linux;

/// <summary>
/// sendmsg with UDP_SEGMENT: up to 64 datagrams of one size in one call, which the network card or the kernel cuts
/// apart late. Thread safe: all that a call needs lies on its stack.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LinuxSender
{
    /// <summary>UDP_MAX_SEGMENTS of kernels before 6.9; later ones take more.</summary>
    public const int SegmentLimit = 64;

    /// <summary>The largest UDP payload over IPv4; a segmented send is limited like one datagram.</summary>
    public const int ByteLimit = 65507;

    private readonly int _descriptor;
    private readonly AddressFamily _family;
    private volatile bool _segmentation;
    private volatile string? _segmentationOffReason;

    public LinuxSender(Socket socket, int descriptor, bool segmentationOffload)
    {
        _descriptor = descriptor;
        _family = socket.AddressFamily;
        if (!segmentationOffload)
        {
            _segmentationOffReason = "turned off";
        }
        else if (SocketSetup.TrySetOption(socket, ControlMessages.UdpLevel, ControlMessages.UdpSegment, 0))
        {
            // 0 is the default and changes nothing; that the option exists (Linux 4.18) is the news.
            _segmentation = true;
        }
        else
        {
            _segmentationOffReason = "the kernel has no UDP_SEGMENT";
        }
    }

    /// <summary>Whether many segments go in one call.</summary>
    public bool Segmentation => _segmentation;

    /// <summary>Why not, if not.</summary>
    public string? SegmentationOffReason => _segmentationOffReason;

    public SendStatus TrySend(in NetworkAddress remote, ReadOnlySpan<byte> data, int segmentSize, byte ecn, out int sentBytes)
    {
        sentBytes = 0;
        Span<byte> name = stackalloc byte[SocketAddressCodec.IPv6Length];
        ushort family = (ushort)(_family == AddressFamily.InterNetworkV6 ? 10 : 2); // AF_INET6, AF_INET
        MemoryMarshal.Write(name, in family);
        if (!SocketAddressCodec.TryWrite(name, _family, remote))
        {
            return SendStatus.Failed;
        }

        // The control data is read by the kernel in words: aligned.
        Span<ulong> controlWords = stackalloc ulong[ControlMessages.BufferLength / sizeof(ulong)];
        Span<byte> control = MemoryMarshal.AsBytes(controlWords);
        int plainControl = AppendEcn(control, remote, ecn);
        int segment = segmentSize <= 0 ? data.Length : segmentSize;
        fixed (byte* namePointer = name, controlPointer = control, dataPointer = data)
        {
            IoVector vector = default;
            MessageHeader message = default;
            message.Name = namePointer;
            message.NameLength = (uint)SocketAddressCodec.Length(_family);
            message.Vectors = &vector;
            message.VectorCount = 1;
            do
            {
                int chunk = ChunkLength(data.Length - sentBytes, segment);
                bool segmented = chunk > segment;
                int controlLength = segmented
                    ? ControlMessages.AppendUInt16(control, plainControl, ControlMessages.UdpLevel, ControlMessages.UdpSegment, (ushort)segment)
                    : plainControl;
                vector.Base = dataPointer + sentBytes;
                vector.Length = (nuint)chunk;
                message.ControlLength = (nuint)controlLength;
                message.Control = controlLength == 0 ? null : controlPointer;
                int error = Send(&message);
                if (segmented && error is ErrorNumber.InputOutput or ErrorNumber.Invalid)
                {
                    // The offload or the datagrams? The same errors come for both (a device without checksum offload, IPsec; a
                    // segment above the device's MTU, port 0). The first segment on its own tells.
                    chunk = segment;
                    vector.Length = (nuint)chunk;
                    message.ControlLength = (nuint)plainControl;
                    message.Control = plainControl == 0 ? null : controlPointer;
                    int refused = error;
                    error = Send(&message);
                    if (error == 0)
                    {
                        TurnSegmentationOff(refused);
                    }
                }

                if (error != 0)
                {
                    return error is ErrorNumber.TryAgain or ErrorNumber.NoBuffers ? SendStatus.WouldBlock : SendStatus.Failed;
                }

                sentBytes += chunk;
            }
            while (sentBytes < data.Length);
        }

        return SendStatus.Sent;
    }

    private static int AppendEcn(Span<byte> control, in NetworkAddress remote, byte ecn)
    {
        if ((ecn & 3) == 0)
        {
            return 0;
        }

        // IPv4 hosts reached through an IPv6 socket take the IPv4 path in the kernel, and its control messages.
        return remote.IsIPv4
            ? ControlMessages.AppendInt32(control, 0, ControlMessages.IpLevel, ControlMessages.IpTypeOfService, ecn & 3)
            : ControlMessages.AppendInt32(control, 0, ControlMessages.IPv6Level, ControlMessages.IPv6TrafficClass, ecn & 3);
    }

    /// <summary>How much of what is left goes into the next call.</summary>
    private int ChunkLength(int left, int segment)
    {
        if (left <= segment)
        {
            return left;
        }

        int segments = _segmentation ? Math.Clamp(ByteLimit / segment, 1, SegmentLimit) : 1;
        return Math.Min(left, segments * segment);
    }

    /// <summary>0 or the error number.</summary>
    private int Send(MessageHeader* message)
    {
        bool again = true;
        while (true)
        {
            if (LibC.SendMessage(_descriptor, message, LibC.DontWait) >= 0)
            {
                return 0;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == ErrorNumber.ConnectionRefused && again)
            {
                // The news of an earlier datagram; reporting it has cleared it.
                again = false;
            }
            else if (error != ErrorNumber.Interrupted)
            {
                return error;
            }
        }
    }

    private void TurnSegmentationOff(int error)
    {
        _segmentationOffReason = error == ErrorNumber.InputOutput
            ? "turned off after EIO: the device cannot segment"
            : "turned off after EINVAL: the device cannot segment";
        _segmentation = false;
    }
}
