using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Recovery;

/// <summary>LossDetection and the RFC's pseudo-code over plain lists must agree on every step of random histories.</summary>
public sealed class LossDetectionModelTests
{
    private const int SequencesPerCase = 25;

    [Test]
    public void Random_histories_match_the_pseudo_code([Range(0, 31)] int batch)
    {
        for (int i = 0; i < TestMachine.Rounds(full: SequencesPerCase, quick: SequencesPerCase / 5); i++)
        {
            int seed = (batch * SequencesPerCase) + i;
            new History(seed).Run();
        }
    }

    [Test]
    public void The_random_histories_reach_every_outcome()
    {
        Dictionary<string, int> outcomes = [];
        for (int seed = 0; seed < 200; seed++)
        {
            History history = new(seed);
            history.Run();
            foreach ((string outcome, int count) in history.Outcomes)
            {
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + count;
            }
        }

        TestContext.Out.WriteLine(string.Join(", ", outcomes));
        string[] expected = ["acked", "lost", "timer loss", "probe 0", "probe 1", "probe 2", "persistent", "spurious"];
        foreach (string outcome in expected)
        {
            Assert.That(outcomes.GetValueOrDefault(outcome), Is.GreaterThan(20), outcome);
        }
    }

    /// <summary>The events of one seed, applied to both.</summary>
    private sealed class History
    {
        private readonly int _seed;
        private readonly Random _random;
        private readonly NaiveLossDetection _model;
        private readonly LossDetection _loss;
        private readonly AckResult _result = new();
        private readonly RecordingCongestion _congestion = new();
        private readonly SeededSource _numbers;
        private readonly byte[] _buffer = new byte[4096];
        private readonly int _lossPercent;
        private RttEstimator _rtt = new();
        private long _now = TimeSpan.TicksPerSecond;
        private int _open = 1;
        private int _discarded;
        private int _step;

        // Setters without a time of their own count from the last event, in both.
        private long _lastEvent;

        public History(int seed)
        {
            _seed = seed;
            _random = new Random(seed);
            _numbers = new SeededSource(seed);
            bool isServer = seed % 2 == 0;
            _lossPercent = _random.Next(5) * 15;
            _model = new NaiveLossDetection(isServer);
            _loss = new LossDetection(isServer, _congestion, _rtt);
        }

        /// <summary>What happened how often, so that a generator gone stale is noticed.</summary>
        public Dictionary<string, int> Outcomes { get; } = [];

        public void Run()
        {
            int steps = _random.Next(50, 300);
            for (_step = 0; _step < steps; _step++)
            {
                Step();
                Compare();
            }
        }

        private void Step()
        {
            int choice = _random.Next(1000);
            Elapse();
            if (choice < 550)
            {
                Send();
            }
            else if (choice < 900)
            {
                Ack();
            }
            else if (choice < 950)
            {
                Advance();
            }
            else if (choice < 970)
            {
                _loss.AntiAmplificationBlocked = _model.Blocked = !_model.Blocked;
                _model.SetTimer(_lastEvent);
            }
            else if (choice < 990)
            {
                Fire(_model.Timer);
            }
            else if (choice < 994)
            {
                _rtt = new RttEstimator();
                _loss.OnPathChanged(_congestion, _rtt);
                _model.ChangePath(_lastEvent);
            }
            else
            {
                Outage();
            }
        }

        private void Elapse()
        {
            long pause = _random.Next(10) switch
            {
                0 => _random.Next(2_000) * TimeSpan.TicksPerMillisecond,
                1 or 2 or 3 => _random.Next(60) * TimeSpan.TicksPerMillisecond,
                4 or 5 => 0,
                _ => _random.Next(20_000),
            };
            long until = _now + pause;
            ElapseTo(until);
        }

        private void ElapseTo(long until)
        {
            while (_model.Timer <= until && _random.Next(50) != 0)
            {
                Fire(_model.Timer);
                Compare();
            }

            _now = Math.Max(_now, until);
        }

        private void Outage()
        {
            for (int i = _random.Next(4, 9); i > 0; i--)
            {
                Send();
                ElapseTo(_now + (_random.Next(3_000) * TimeSpan.TicksPerMillisecond));
            }

            int space = _open - 1;
            if (_model.Sent(space).Any())
            {
                Ack(space, [_model.Sent(space).Last()]);
            }
        }

        private void Fire(long at)
        {
            if (at == long.MaxValue)
            {
                return;
            }

            _now = _lastEvent = Math.Max(_now, at);
            int expected = _model.Timeout(_now);
            _loss.OnTimeout(new Timestamp(_now), _result, out EncryptionLevel? probe);
            Assert.That(probe is { } level ? (int)level : -1, Is.EqualTo(expected), Where("probe"));
            CompareResult();
            Count(expected < 0 ? "timer loss" : $"probe {expected}");
        }

        private void Send()
        {
            int space = _random.Next(_discarded, _open);
            int kind = _random.Next(20);
            bool eliciting = kind < 12;
            bool inFlight = kind < 14;
            bool probe = kind == 0;
            int bytes = _random.Next(30, 1500);
            long number = _loss.NextPacketNumber((EncryptionLevel)space, _numbers);
            SentFrame frame = new(probe ? SentFrameKind.MtuProbe : SentFrameKind.Stream, number);
            _loss.OnPacketSent((EncryptionLevel)space, number, new Timestamp(_now), bytes, eliciting, inFlight, [frame]);
            _lastEvent = _now;
            _model.Send(space, number, _now, bytes, eliciting, inFlight, probe);
        }

        private void Ack()
        {
            int space = _random.Next(_discarded, _open);
            List<long> sent = [.. _model.Sent(space)];
            if (sent.Count == 0)
            {
                return;
            }

            // Mostly near the end, sometimes an old one again, with holes in bursts.
            int end = _random.Next(4) == 0 ? _random.Next(sent.Count) : Math.Max(0, sent.Count - 1 - _random.Next(4));
            List<long> numbers = [sent[end]];
            bool hole = false;
            for (int i = end - 1; i >= Math.Max(0, end - 60); i--)
            {
                hole = _random.Next(3) == 0 ? _random.Next(100) < _lossPercent : hole;
                if (!hole)
                {
                    numbers.Add(sent[i]);
                }
            }

            Ack(space, numbers);
        }

        private void Ack(int space, List<long> numbers)
        {
            long delay = _random.Next(40) * TimeSpan.TicksPerMillisecond;
            TransportErrorCode error = AckFrames.Deliver(
                _loss,
                (EncryptionLevel)space,
                _buffer,
                AckFrames.Ranges(numbers),
                default,
                new TimeSpan(delay),
                new Timestamp(_now),
                _result);
            _model.Ack(space, [.. numbers], delay, _now);
            _lastEvent = _now;
            Assert.That(error, Is.EqualTo(TransportErrorCode.NoError), Where("error"));
            CompareResult();
        }

        private void Advance()
        {
            // The handshake goes on: keys, confirmation, old levels discarded.
            if (_open < 3)
            {
                _open++;
                _model.HandshakeKeys = true;
            }
            else if (_discarded < 2 && (_discarded == 0 || _model.Confirmed))
            {
                _model.Discard(_discarded, _lastEvent);
                _loss.Discard((EncryptionLevel)_discarded++);
            }
            else
            {
                _model.Confirmed = true;
            }

            _loss.SetHandshakeState(_model.HandshakeKeys, _model.Confirmed, peerAddressValidated: false);
            _model.SetTimer(_lastEvent);
        }

        private void CompareResult()
        {
            Assert.That(_result.Acked.Select(frame => frame.Id), Is.EqualTo(_model.Acked), Where("acked"));
            Assert.That(_result.Lost.Select(frame => frame.Id), Is.EqualTo(_model.Lost), Where("lost"));
            Count("acked", _model.Acked.Count);
            Count("lost", _model.Lost.Count);
        }

        private void Compare()
        {
            Assert.That(_loss.Deadline.Ticks, Is.EqualTo(_model.Timer), Where("timer"));
            Assert.That(_loss.BytesInFlight, Is.EqualTo(_model.BytesInFlight), Where("bytes in flight"));
            Assert.That(_loss.PtoCount, Is.EqualTo(_model.PtoCount), Where("timeouts"));
            Assert.That(_rtt.Smoothed.Ticks, Is.EqualTo(_model.Smoothed), Where("smoothed"));
            for (int space = 0; space < 3; space++)
            {
                Assert.That(_loss.LargestAcked((EncryptionLevel)space), Is.EqualTo(_model.LargestAcked[space]), Where("largest"));
            }

            Assert.That(_congestion.Log, Is.EqualTo(_model.Log), Where("congestion"));
            _congestion.Log.FindAll(line => line.EndsWith("persistent", StringComparison.Ordinal)).ForEach(_ => Count("persistent"));
            _congestion.Log.FindAll(line => line == "spurious").ForEach(_ => Count("spurious"));
            _congestion.Log.Clear();
            _model.Log.Clear();
        }

        private void Count(string outcome, int times = 1) => Outcomes[outcome] = Outcomes.GetValueOrDefault(outcome) + times;

        private string Where(string what) => $"{what}: seed {_seed}, step {_step}";
    }
}
