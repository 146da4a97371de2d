using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core.Recovery;

/// <summary>
/// The packets of one packet number space that still wait for their fate, oldest first, and their frames, each in a
/// power-of-two ring. Both only grow, so a connection in its steady state allocates nothing.
/// </summary>
/// <remarks>
/// A peer that acknowledges nothing can make us send ACK-only packets without end, and no window stops them. So of a
/// run of consecutive ACK-only packets only the last is remembered, which bounds the records by the packets in flight.
/// </remarks>
internal sealed class SentPackets
{
    private SentPacket[] _packets = new SentPacket[16];
    private SentFrame[] _frames = new SentFrame[32];
    private int _head;
    private long _firstFrame;
    private long _nextFrame;

    public int Count { get; private set; }

    /// <summary>How many records the ring has room for before it grows.</summary>
    public int Capacity => _packets.Length;

    /// <summary>The record at a position; 0 is the oldest.</summary>
    public ref SentPacket this[int index] => ref _packets[(_head + index) & (_packets.Length - 1)];

    /// <summary>Adds the record of a packet with a larger number than all before.</summary>
    public void Add(long number, Timestamp sentAt, int bytes, int path, SentPacketFlags flags, ReadOnlySpan<SentFrame> frames)
    {
        if ((flags & SentPacketFlags.InFlight) == 0 && Count > 0
            && (this[Count - 1].Flags & (SentPacketFlags.InFlight | SentPacketFlags.Acked)) == 0)
        {
            RemoveLast();
        }

        if (Count == _packets.Length)
        {
            GrowPackets();
        }

        long firstFrame = _nextFrame;
        foreach (SentFrame frame in frames)
        {
            AddFrame(frame);
        }

        this[Count++] = new SentPacket
        {
            Number = number,
            SentAt = sentAt,
            FirstFrame = firstFrame,
            FrameCount = frames.Length,
            Bytes = bytes,
            Path = path,
            Flags = flags,
        };
    }

    /// <summary>Forgets the oldest record and its frames.</summary>
    public void RemoveFirst()
    {
        ref SentPacket first = ref this[0];
        _firstFrame = first.FirstFrame + first.FrameCount;
        _head = (_head + 1) & (_packets.Length - 1);
        Count--;
    }

    /// <summary>The position of the largest number that is at most <paramref name="number"/>; −1 if there is none.</summary>
    public int LastAtMost(long number)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (this[middle].Number <= number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    /// <summary>Appends the frames of a record to <paramref name="destination"/>.</summary>
    public void CopyFrames(in SentPacket packet, List<SentFrame> destination)
    {
        for (int i = 0; i < packet.FrameCount; i++)
        {
            destination.Add(_frames[(int)((packet.FirstFrame + i) & (_frames.Length - 1))]);
        }
    }

    /// <summary>Forgets everything and lets go of the memory: the space is not used again.</summary>
    public void Clear()
    {
        _packets = new SentPacket[1];
        _frames = new SentFrame[1];
        _head = 0;
        _firstFrame = _nextFrame = 0;
        Count = 0;
    }

    private void RemoveLast()
    {
        _nextFrame = this[Count - 1].FirstFrame;
        Count--;
    }

    private void AddFrame(in SentFrame frame)
    {
        if (_nextFrame - _firstFrame == _frames.Length)
        {
            GrowFrames();
        }

        _frames[(int)(_nextFrame++ & (_frames.Length - 1))] = frame;
    }

    private void GrowPackets()
    {
        SentPacket[] larger = new SentPacket[_packets.Length * 2];
        int untilEnd = _packets.Length - _head;
        Array.Copy(_packets, _head, larger, 0, untilEnd);
        Array.Copy(_packets, 0, larger, untilEnd, _head);
        _packets = larger;
        _head = 0;
    }

    private void GrowFrames()
    {
        // Positions are absolute, so each frame keeps its own under the wider mask.
        SentFrame[] larger = new SentFrame[_frames.Length * 2];
        for (long position = _firstFrame; position < _nextFrame; position++)
        {
            larger[(int)(position & (larger.Length - 1))] = _frames[(int)(position & (_frames.Length - 1))];
        }

        _frames = larger;
    }
}
