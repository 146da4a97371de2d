using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Simulation;

/// <summary>Carries datagrams one way, in virtual time.</summary>
internal sealed class SimulatedLink(Random random)
{
    private readonly PriorityQueue<byte[], (long Ticks, long Order)> _flying = new();
    private long _order;
    private Timestamp _freeAt;

    /// <summary>What the link does; may be changed at any time.</summary>
    public LinkConditions Conditions { get; set; } = new();

    /// <summary>Sees each datagram before the link does; false makes it vanish.</summary>
    public Func<byte[], bool>? Filter { get; set; }

    public long Bytes { get; private set; }

    public int Datagrams { get; private set; }

    public int LargestDatagram { get; private set; }

    public Timestamp NextArrival => _flying.TryPeek(out _, out (long Ticks, long Order) at) ? new Timestamp(at.Ticks) : Timestamp.Never;

    public void Send(Timestamp now, ReadOnlySpan<byte> datagram)
    {
        Bytes += datagram.Length;
        Datagrams++;
        LargestDatagram = Math.Max(LargestDatagram, datagram.Length);
        byte[] copy = datagram.ToArray();
        if (Filter?.Invoke(copy) == false || copy.Length > Conditions.Mtu || Chance(Conditions.Loss))
        {
            return;
        }

        if (Chance(Conditions.Corruption))
        {
            copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
        }

        Timestamp departs = now;
        if (Conditions.Bandwidth > 0)
        {
            Timestamp start = Timestamp.Max(now, _freeAt);
            if ((start - now).TotalSeconds * Conditions.Bandwidth > Conditions.Queue)
            {
                return;
            }

            departs = start + TimeSpan.FromSeconds((double)copy.Length / Conditions.Bandwidth);
            _freeAt = departs;
        }

        Deliver(departs, copy);
        if (Chance(Conditions.Duplication))
        {
            Deliver(departs, [.. copy]);
        }
    }

    /// <summary>Takes a datagram that has arrived by now.</summary>
    public bool TryReceive(Timestamp now, out byte[]? datagram)
    {
        if (_flying.TryPeek(out datagram, out (long Ticks, long Order) at) && at.Ticks <= now.Ticks)
        {
            _flying.Dequeue();
            return true;
        }

        datagram = null;
        return false;
    }

    /// <summary>Puts a datagram on its way that neither end sent.</summary>
    public void Inject(Timestamp now, byte[] datagram) => Deliver(now, datagram);

    private void Deliver(Timestamp departs, byte[] datagram)
    {
        TimeSpan delay = Conditions.Latency + (random.NextDouble() * Conditions.Jitter);
        _flying.Enqueue(datagram, ((departs + delay).Ticks, _order++));
    }

    private bool Chance(double share) => share > 0 && random.NextDouble() < share;
}
