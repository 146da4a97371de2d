using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io.Linux;

/// <summary>
/// recvmmsg with UDP_GRO: many messages a call, each of which may be many datagrams of one size. Used by one thread.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LinuxReceiver
{
    private const int MessageLimit = 64;

    /// <summary>
    /// Messages a call while traffic coalesces: this many full ones stay in the processor's cache until they are
    /// processed (measured: 4 to 8).
    /// </summary>
    private const int CoalescedMessages = 8;

    /// <summary>The average message length from which traffic counts as coalesced.</summary>
    private const int CoalescedLength = 8192;

    private const int NameStride = 32;

    private readonly int _descriptor;
    private readonly AddressFamily _family;
    private readonly BatchHeader[] _headers = GC.AllocateArray<BatchHeader>(MessageLimit, pinned: true);
    private readonly IoVector[] _vectors = GC.AllocateArray<IoVector>(MessageLimit, pinned: true);
    private readonly byte[] _names = GC.AllocateArray<byte>(MessageLimit * NameStride, pinned: true);
    private readonly ulong[] _control = GC.AllocateArray<ulong>(MessageLimit * ControlMessages.BufferLength / sizeof(ulong), pinned: true);
    private bool _coalesced;

    public LinuxReceiver(Socket socket, int descriptor)
    {
        _descriptor = descriptor;
        _family = socket.AddressFamily;
        Offload = SocketSetup.TrySetOption(socket, ControlMessages.UdpLevel, ControlMessages.UdpReceiveOffload, 1);
        Ecn = SocketSetup.TrySetOption(socket, ControlMessages.IpLevel, ControlMessages.IpReceiveTypeOfService, 1);
        if (_family == AddressFamily.InterNetworkV6)
        {
            Ecn |= SocketSetup.TrySetOption(socket, ControlMessages.IPv6Level, ControlMessages.IPv6ReceiveTrafficClass, 1);
        }
    }

    /// <summary>Whether the kernel coalesces (UDP_GRO, Linux 5.0).</summary>
    public bool Offload { get; }

    /// <summary>Whether the kernel reports ECN marks.</summary>
    public bool Ecn { get; }

    public int Receive(ReceiveBatch batch)
    {
        batch.Clear();
        int wanted = Math.Min(batch.Capacity, _coalesced ? CoalescedMessages : MessageLimit);
        if (wanted == 0)
        {
            return 0;
        }

        fixed (byte* memory = batch.Memory, names = _names)
        fixed (BatchHeader* headers = _headers)
        fixed (IoVector* vectors = _vectors)
        fixed (ulong* control = _control)
        {
            for (int i = 0; i < wanted; i++)
            {
                vectors[i].Base = memory + ((nint)i * batch.SlotSize);
                vectors[i].Length = (nuint)batch.SlotSize;
                MessageHeader* message = &headers[i].Message;
                message->Name = names + (i * NameStride);
                message->NameLength = NameStride;
                message->Vectors = vectors + i;
                message->VectorCount = 1;
                message->Control = (byte*)control + (i * ControlMessages.BufferLength);
                message->ControlLength = ControlMessages.BufferLength;
                message->Flags = 0;
            }

            int received = ReceiveMessages(headers, wanted);
            long bytes = 0;
            for (int i = 0; i < received; i++)
            {
                bytes += headers[i].Length;
                Add(batch, headers + i);
            }

            if (received > 0)
            {
                _coalesced = bytes / received >= CoalescedLength;
            }

            return batch.Count;
        }
    }

    private void Add(ReceiveBatch batch, BatchHeader* header)
    {
        MessageHeader* message = &header->Message;
        NetworkAddress from = message->NameLength >= (uint)SocketAddressCodec.Length(_family)
            ? SocketAddressCodec.Read(new ReadOnlySpan<byte>(message->Name, NameStride), _family)
            : default;
        int controlLength = (int)Math.Min(message->ControlLength, ControlMessages.BufferLength);
        ControlMessages.Parse(new ReadOnlySpan<byte>(message->Control, controlLength), out int segmentSize, out byte ecn);

        // A cut message is useless (its last packet cannot be authentic), but it counts: every slot is one message.
        int length = (message->Flags & LibC.Truncated) == 0 ? (int)Math.Min(header->Length, (uint)batch.SlotSize) : 0;
        batch.Commit(length, from, segmentSize, ecn);
    }

    private int ReceiveMessages(BatchHeader* headers, int count)
    {
        // A pending error is about an earlier datagram of ours; reporting it clears it, so what has arrived comes next.
        for (int attempt = 0; attempt < 4; attempt++)
        {
            int received = LibC.ReceiveMessages(_descriptor, headers, (uint)count, LibC.DontWait, null);
            if (received >= 0)
            {
                return received;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == ErrorNumber.TryAgain)
            {
                return 0;
            }
        }

        return 0;
    }
}
