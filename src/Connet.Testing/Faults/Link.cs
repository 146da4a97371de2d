using Connet.Quic;

namespace Connet.Testing.Faults;

/// <summary>What becomes of the datagrams from one participant to another. Thread safe.</summary>
internal sealed class Link(int seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private double _lossRate;
    private TimeSpan _delay;

    /// <summary>1 cuts the link.</summary>
    public double LossRate
    {
        get
        {
            lock (_lock)
            {
                return _lossRate;
            }
        }

        set
        {
            lock (_lock)
            {
                _lossRate = value;
            }
        }
    }

    public TimeSpan Delay
    {
        set
        {
            lock (_lock)
            {
                _delay = value;
            }
        }
    }

    public QuicDatagramFate Decide()
    {
        lock (_lock)
        {
            return _lossRate > 0 && _random.NextDouble() < _lossRate ? QuicDatagramFate.Drop
                : _delay > TimeSpan.Zero ? QuicDatagramFate.Delay(_delay)
                : QuicDatagramFate.Send;
        }
    }
}
