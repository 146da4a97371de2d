namespace Connet.Quic.Tests.Recovery;

/// <summary>
/// RFC 9002, appendices A and B.8, over plain lists, as a model for LossDetection; times are ticks. It differs from the
/// RFC in what LossDetection decides: it forgets all but the last of a run of ACK-only packets, looks for persistent
/// congestion across several detections in one space, does not restart a run it has reported, and undoes spurious losses.
/// </summary>
internal sealed class NaiveLossDetection(bool isServer)
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;
    private const long MaxAckDelay = 25 * Millisecond;

    private readonly List<Packet>[] _history = [[], [], []];
    private readonly long[] _lossTime = new long[3];
    private readonly long[] _lastEliciting = new long[3];
    private readonly long[] _runFrom = [-1, -1, -1];
    private readonly HashSet<(int Space, long Number)> _cutLosses = [];
    private readonly bool[] _discarded = new bool[3];
    private long _latest;
    private long _smoothed = 333 * Millisecond;
    private long _variation = 333 * Millisecond / 2;
    private long _minimum;
    private long _firstSample = -1;
    private long _cutAt = long.MinValue;
    private bool _undoable;
    private bool _sentAny;
    private bool _handshakeAcked;
    private int _path;

    private enum Fate
    {
        Waiting,
        Acked,
        Lost,
        Forgotten,
    }

    public long[] LargestAcked { get; } = [-1, -1, -1];

    /// <summary>long.MaxValue when not set.</summary>
    public long Timer { get; private set; } = long.MaxValue;

    public int PtoCount { get; private set; }

    public bool HandshakeKeys { get; set; }

    public bool Confirmed { get; set; }

    public bool Blocked { get; set; }

    public List<long> Acked { get; } = [];

    public List<long> Lost { get; } = [];

    public List<string> Log { get; } = [];

    public long Smoothed => _smoothed;

    public long BytesInFlight => All().Where(p => p.Fate == Fate.Waiting && p.InFlight && p.Path == _path).Sum(p => (long)p.Bytes);

    private bool PeerValidated => isServer || Confirmed || _handshakeAcked;

    public IEnumerable<long> Sent(int space) => _history[space].Select(p => p.Number);

    public void Send(int space, long number, long now, int bytes, bool eliciting, bool inFlight, bool probe)
    {
        if (!inFlight && _history[space].Count > 0 && _history[space][^1] is { InFlight: false, Fate: Fate.Waiting } previous)
        {
            previous.Fate = Fate.Forgotten;
        }

        _history[space].Add(new Packet(number, now, bytes, eliciting, inFlight, probe, _path));
        if (inFlight)
        {
            Log.Add($"sent {bytes}");
            _sentAny = true;
            _lastEliciting[space] = eliciting ? now : _lastEliciting[space];
            SetTimer(now);
        }
    }

    public void Ack(int space, ICollection<long> numbers, long delay, long now)
    {
        Acked.Clear();
        Lost.Clear();
        if (_discarded[space])
        {
            return;
        }

        long largest = numbers.Max();
        bool raised = largest > LargestAcked[space];
        LargestAcked[space] = Math.Max(LargestAcked[space], largest);
        List<Packet> newly = [.. _history[space].Where(p => p.Fate == Fate.Waiting && numbers.Contains(p.Number))];
        newly.ForEach(p => p.Fate = Fate.Acked);
        Acked.AddRange(newly.Select(p => p.Number).Reverse());
        if (_cutLosses.RemoveWhere(lost => lost.Space == space && numbers.Contains(lost.Number)) > 0)
        {
            _runFrom[space] = _history[space].Where(p => p.Fate == Fate.Lost).Max(p => p.Number);
            if (_cutLosses.Count == 0 && _undoable)
            {
                _undoable = false;
                _cutAt = long.MinValue;
                Log.Add("spurious");
            }
        }

        if (newly.Count == 0 && !raised)
        {
            return;
        }

        _handshakeAcked |= space == 1;
        if (newly.Find(p => p.Number == largest && p.Path == _path) is { } last && newly.Exists(p => p.Eliciting))
        {
            UpdateRtt(now - last.SentAt, space == 0 ? 0 : Confirmed ? Math.Min(delay, MaxAckDelay) : delay);
            _firstSample = _firstSample < 0 ? now : _firstSample;
        }

        DetectLost(space, now);
        foreach (Packet packet in newly.Where(p => p.InFlight && p.Path == _path))
        {
            Log.Add($"acked {packet.Bytes} of {packet.SentAt}");
        }

        PtoCount = PeerValidated ? 0 : PtoCount;
        SetTimer(now);
    }

    /// <summary>The space to probe; −1 for none.</summary>
    public int Timeout(long now)
    {
        Acked.Clear();
        Lost.Clear();
        int space = EarliestLoss();
        int probe = -1;
        if (space >= 0)
        {
            DetectLost(space, now);
        }
        else
        {
            probe = ProbeTimeAndSpace(now).Space;
            PtoCount++;
        }

        SetTimer(now);
        return probe;
    }

    public void Discard(int space, long now)
    {
        _history[space].ForEach(p => p.Fate = p.Fate == Fate.Waiting ? Fate.Forgotten : p.Fate);
        _cutLosses.RemoveWhere(lost => lost.Space == space);
        _lossTime[space] = 0;
        _discarded[space] = true;
        PtoCount = 0;
        SetTimer(now);
    }

    public void ChangePath(long now)
    {
        _path++;
        PtoCount = 0;
        _latest = _minimum = 0;
        _smoothed = 333 * Millisecond;
        _variation = _smoothed / 2;
        _firstSample = -1;
        _cutAt = long.MinValue;
        _undoable = false;
        _cutLosses.Clear();
        SetTimer(now);
    }

    public void SetTimer(long now)
    {
        if (EarliestLoss() is int space and >= 0)
        {
            Timer = _lossTime[space];
        }
        else if (!_sentAny || Blocked || (!Eliciting(0, 1, 2) && PeerValidated))
        {
            Timer = long.MaxValue;
        }
        else
        {
            Timer = ProbeTimeAndSpace(now).Time;
        }
    }

    private (long Time, int Space) ProbeTimeAndSpace(long now)
    {
        long duration = (_smoothed + Math.Max(4 * _variation, Millisecond)) * (1L << PtoCount);
        if (!Eliciting(0, 1, 2))
        {
            return (now + duration, HandshakeKeys ? 1 : 0);
        }

        (long Time, int Space) earliest = (long.MaxValue, 0);
        for (int space = 0; space < 3; space++)
        {
            if (!Eliciting(space))
            {
                continue;
            }

            if (space == 2)
            {
                if (!Confirmed)
                {
                    return earliest;
                }

                duration += MaxAckDelay * (1L << PtoCount);
            }

            if (_lastEliciting[space] + duration < earliest.Time)
            {
                earliest = (_lastEliciting[space] + duration, space);
            }
        }

        return earliest;
    }

    private int EarliestLoss() => Enumerable.Range(0, 3).Where(s => _lossTime[s] != 0).OrderBy(s => _lossTime[s]).FirstOrDefault(-1);

    private void UpdateRtt(long latest, long delay)
    {
        _latest = latest;
        if (_firstSample < 0)
        {
            _minimum = _smoothed = latest;
            _variation = latest / 2;
            return;
        }

        _minimum = Math.Min(_minimum, latest);
        long adjusted = latest >= _minimum + delay ? latest - delay : latest;
        _variation = ((3 * _variation) + Math.Abs(_smoothed - adjusted)) / 4;
        _smoothed = ((7 * _smoothed) + adjusted) / 8;
    }

    private void DetectLost(int space, long now)
    {
        _lossTime[space] = 0;
        long delay = Math.Max(9 * Math.Max(_latest, _smoothed) / 8, Millisecond);
        List<Packet> lost = [];
        foreach (Packet packet in _history[space].Where(p => p.Fate == Fate.Waiting && p.Number <= LargestAcked[space]))
        {
            if (packet.SentAt <= now - delay || LargestAcked[space] >= packet.Number + 3)
            {
                lost.Add(packet);
            }
            else if (_lossTime[space] == 0 || packet.SentAt + delay < _lossTime[space])
            {
                _lossTime[space] = packet.SentAt + delay;
            }
        }

        lost.ForEach(p => p.Fate = Fate.Lost);
        Lost.AddRange(lost.Select(p => p.Number));
        List<Packet> congestion = lost.FindAll(p => p is { InFlight: true, Probe: false } && p.Path == _path);
        if (congestion.Count == 0)
        {
            return;
        }

        long lastSentAt = congestion.Max(p => p.SentAt);
        if (lastSentAt > _cutAt)
        {
            _cutAt = now;
            _cutLosses.Clear();
            _undoable = true;
        }

        congestion.ForEach(p => _cutLosses.Add((space, p.Number)));
        bool persistent = false;
        foreach (Packet packet in congestion)
        {
            persistent |= EndsPersistentCongestion(space, packet);
        }

        Log.Add($"congestion {lastSentAt}{(persistent ? " persistent" : string.Empty)}");
        _cutAt = persistent ? long.MinValue : _cutAt;
    }

    private bool EndsPersistentCongestion(int space, Packet last)
    {
        long duration = (_smoothed + Math.Max(4 * _variation, Millisecond) + MaxAckDelay) * 3;
        bool Qualifies(Packet p) => p is { Eliciting: true, Fate: Fate.Lost, Probe: false } && p.Path == _path && _firstSample >= 0
            && p.SentAt > _firstSample && p.Number > _runFrom[space];
        bool found = Qualifies(last) && _history[space].Exists(first => Qualifies(first) && first.Number < last.Number
            && last.SentAt - first.SentAt > duration
            && !_history[space].Exists(p => p.Fate == Fate.Acked && p.Number > first.Number && p.Number < last.Number));
        _runFrom[space] = found ? last.Number : _runFrom[space];
        return found;
    }

    private bool Eliciting(params int[] spaces) => spaces.Any(s => _history[s].Exists(p => p is { Eliciting: true, Fate: Fate.Waiting }));

    private IEnumerable<Packet> All() => _history.SelectMany(p => p);

    private sealed record Packet(long Number, long SentAt, int Bytes, bool Eliciting, bool InFlight, bool Probe, int Path)
    {
        public Fate Fate { get; set; }
    }
}
