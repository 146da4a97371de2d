using System.Globalization;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;

namespace Connet.Quic.Tests.Recovery;

/// <summary>
/// A greedy sender behind a bottleneck with a drop-tail queue, on a virtual clock: packets leave whenever the window
/// allows, each is acknowledged by itself, and one is lost once a packet sent three later is acknowledged.
/// </summary>
internal sealed class CongestionTrace(ICongestionController congestion, double megabitsPerSecond, int rttMs, int queueDatagrams)
{
    private const int Datagram = 1200;

    private readonly Queue<(long Number, Timestamp SentAt, Timestamp AckedAt)> _acks = new();
    private readonly SortedDictionary<long, Timestamp> _dropped = [];
    private readonly RttEstimator _rtt = new();
    private readonly long _serviceTicks = (long)(Datagram * 8 / megabitsPerSecond * 10);
    private Timestamp _linkFreeAt;
    private long _next;
    private int _inFlight;

    public RttEstimator Rtt => _rtt;

    /// <summary>The window in datagrams, sampled at an interval, and how many packets were dropped in all.</summary>
    public string Run(int milliseconds, int sampleMs)
    {
        List<string> samples = [];
        Timestamp now = new(0);
        int drops = 0;
        for (int ms = sampleMs; ms <= milliseconds; ms += sampleMs)
        {
            Timestamp until = RecoveryFixture.At(ms);
            drops += Fill(now);
            while (_acks.TryPeek(out (long Number, Timestamp SentAt, Timestamp AckedAt) ack) && ack.AckedAt <= until)
            {
                now = ack.AckedAt;
                _acks.Dequeue();
                Acknowledge(ack.Number, ack.SentAt, now);
                drops += Fill(now);
            }

            now = until;
            samples.Add((congestion.CongestionWindow / Datagram).ToString(CultureInfo.InvariantCulture));
        }

        return $"{string.Join(' ', samples)} | {drops}";
    }

    private int Fill(Timestamp now)
    {
        int drops = 0;
        for (; (_inFlight + 1L) * Datagram <= congestion.CongestionWindow; _inFlight++, _next++)
        {
            congestion.OnPacketSent(now, Datagram);
            Timestamp start = Timestamp.Max(now, _linkFreeAt);
            if ((start - now).Ticks > queueDatagrams * _serviceTicks)
            {
                _dropped.Add(_next, now);
                drops++;
                continue;
            }

            _linkFreeAt = start + new TimeSpan(_serviceTicks);
            _acks.Enqueue((_next, now, _linkFreeAt + TimeSpan.FromMilliseconds(rttMs)));
        }

        return drops;
    }

    private void Acknowledge(long number, Timestamp sentAt, Timestamp now)
    {
        _inFlight--;
        _rtt.Update(now - sentAt, TimeSpan.Zero);
        while (_dropped.Count > 0 && _dropped.First() is var lost && lost.Key + 3 <= number)
        {
            _dropped.Remove(lost.Key);
            _inFlight--;
            congestion.OnCongestion(now, lost.Value, persistent: false);
        }

        congestion.OnAcknowledged(now, sentAt, Datagram, applicationLimited: false, _rtt);
    }
}
