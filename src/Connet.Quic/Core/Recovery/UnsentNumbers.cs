using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core.Recovery;

/// <summary>
/// Packet numbers left out on purpose. A peer that acknowledges one acknowledges packets it never saw, to make us send
/// faster than the path carries (RFC 9000, section 21.4).
/// </summary>
internal sealed class UnsentNumbers
{
    private const int FirstPeriod = 256;
    private const int LastPeriod = 128 * 1024;

    /// <summary>With periods that double, more than the first four million packets' worth.</summary>
    private const int Remembered = 32;

    private readonly long[] _numbers = new long[Remembered];
    private long _next = -1;
    private int _period = FirstPeriod;
    private long _count;

    /// <summary>Returns the number to send with: <paramref name="candidate"/>, or the one after it when it is to be skipped.</summary>
    public long SkipFrom(long candidate, IRandomSource random)
    {
        if (_next < 0)
        {
            Draw(candidate, random);
        }

        if (candidate < _next)
        {
            return candidate;
        }

        _numbers[(int)(_count++ % Remembered)] = candidate;
        _period = Math.Min(_period * 2, LastPeriod);
        Draw(candidate + 1, random);
        return candidate + 1;
    }

    /// <summary>Whether an ACK frame covers a number that was never sent.</summary>
    public bool IsAcked(in AckFrame ack)
    {
        if (_count == 0)
        {
            return false;
        }

        // Both run from the largest down, so one pass over each is enough.
        long oldest = Math.Max(0, _count - Remembered);
        long index = _count - 1;
        foreach (PacketNumberRange range in ack)
        {
            while (index >= oldest && _numbers[(int)(index % Remembered)] > range.Largest)
            {
                index--;
            }

            if (index < oldest)
            {
                return false;
            }

            if (_numbers[(int)(index % Remembered)] >= range.Smallest)
            {
                return true;
            }
        }

        return false;
    }

    private void Draw(long from, IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[4];
        random.Fill(bytes);
        uint distance = BitConverter.ToUInt32(bytes) % (uint)(2 * _period);
        _next = from + 1 + distance;
    }
}
