using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Streams;

/// <summary>
/// A seeded run: random operations on both sides, random fates for packets, then an orderly end in which everything must arrive.
/// </summary>
internal sealed class StreamSimulation
{
    private readonly Random _random;

    private readonly StreamSide[] _sides;

    private readonly List<PacketInFlight> _packets = [];

    /// <summary>The acknowledgements that a late packet's sender will still get.</summary>
    private readonly List<PacketInFlight> _acknowledgements = [];

    /// <summary>The streams each side knows, by side.</summary>
    private readonly List<StreamId>[] _known = [[], []];

    private readonly HashSet<StreamId>[] _forgotten = [[], []];

    private readonly Dictionary<(StreamId Id, bool FromServer), ModelStream> _model = [];

    private readonly string _seed;

    private readonly double _loss;

    public StreamSimulation(int seed)
    {
        _seed = $"seed {seed}";
        _random = new Random(seed);
        _loss = (seed % 4) switch { 0 => 0, 1 => 0.02, 2 => 0.1, _ => 0.3 };
        StreamLimits[] limits = [Limits(), Limits()];
        _sides = [new StreamSide(isServer: false, limits[0]), new StreamSide(isServer: true, limits[1])];
        _sides[0].Learn(limits[1]);
        _sides[1].Learn(limits[0]);
    }

    /// <summary>The byte at an offset of one direction of a stream.</summary>
    public static byte Pattern(StreamId id, bool fromServer, long offset) =>
        (byte)(((id.Value + 1) * 37) + (fromServer ? 101 : 0) + (offset * 7) + (offset >> 8));

    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            int side = _random.Next(2);
            Operate(side);
            if (_random.Next(2) == 0)
            {
                Transmit(_random.Next(2));
            }

            if (_packets.Count > 0 && _random.Next(3) > 0)
            {
                MovePacket();
            }

            DeliverAcknowledgements(_random.Next(4));
            Pump();
            CheckBounds();
            foreach (StreamSide each in _sides)
            {
                each.Now += TimeSpan.FromMilliseconds(1);
            }
        }

        Finish();
    }

    private StreamLimits Limits() => new()
    {
        MaxBidirectional = _random.Next(1, 4),
        MaxUnidirectional = _random.Next(1, 4),
        MaxLocalBidirectional = _random.Next(1, 5),
        InitialStreamWindow = _random.Next(2048, 9000),
        MaxStreamWindow = 40_000,
        GrowthBudget = _random.Next(3) * 30_000,
        InitialConnectionWindow = _random.Next(2048, 20_000),
        MaxSendBuffer = _random.Next(4096, 30_000),
    };

    private void Operate(int side)
    {
        if (_random.Next(8) == 0 || _known[side].Count == 0)
        {
            bool unidirectional = _random.Next(2) == 0;
            if (_sides[side].Map.TryOpen(unidirectional, out StreamId opened))
            {
                Learn(side, opened);
            }

            return;
        }

        StreamId id = _known[side][_random.Next(_known[side].Count)];
        switch (_random.Next(100))
        {
            case < 45:
                Write(side, id);
                break;
            case < 90:
                Read(side, id, _random.Next(1, 6000));
                break;
            case < 95:
                FinishWriting(side, id);
                break;
            case < 97:
                Reset(side, id);
                break;
            case < 98:
                Stop(side, id);
                break;
            default:
                Accept(side);
                break;
        }
    }

    private void Learn(int side, StreamId id)
    {
        _known[side].Add(id);
        if (!id.IsUnidirectional || id.IsServerInitiated == (side == 1))
        {
            Outgoing(side, id);
        }
    }

    /// <summary>What the side sends on the stream; exists from the moment either side knows it.</summary>
    private ModelStream Outgoing(int side, StreamId id)
    {
        if (!_model.TryGetValue((id, side == 1), out ModelStream? stream))
        {
            _model[(id, side == 1)] = stream = new ModelStream();
        }

        return stream;
    }

    private ModelStream Incoming(int side, StreamId id) => Outgoing(1 - side, id);

    private bool Sends(int side, StreamId id) => !id.IsUnidirectional || id.IsServerInitiated == (side == 1);

    private bool Receives(int side, StreamId id) => !id.IsUnidirectional || id.IsServerInitiated != (side == 1);

    private void Write(int side, StreamId id)
    {
        if (!Sends(side, id))
        {
            return;
        }

        ModelStream model = Outgoing(side, id);
        byte[] data = new byte[_random.Next(1, 5000)];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = Pattern(id, side == 1, model.Written + i);
        }

        WriteResult result = _sides[side].Map.Write(id, data, _random.Next(8) == 0 ? 100 : 50_000, out int written);
        model.Written += written;
        switch (result)
        {
            case WriteResult.Ok:
            case WriteResult.Blocked:
                Check(!model.IsWriterDone, "an ended stream takes nothing");
                Check(written <= data.Length && (written > 0) == (result == WriteResult.Ok), "an open stream takes bytes or blocks");
                break;
            case WriteResult.Stopped:
                Check(Incoming(1 - side, id).StopCode is not null, "only a reader stops a writer");
                model.IsWriterDone = true;
                break;
            default:
                bool mayBeClosed = model.IsWriterDone || _forgotten[side].Contains(id) || model.StopCode is not null;
                Check(mayBeClosed, $"nothing else closes a stream: {result}");
                break;
        }
    }

    private void FinishWriting(int side, StreamId id)
    {
        if (!Sends(side, id))
        {
            return;
        }

        ModelStream model = Outgoing(side, id);
        if (_sides[side].Map.TryFinish(id))
        {
            model.IsFinished = true;
            model.IsWriterDone = true;
        }
        else
        {
            Check(model.ResetCode is not null || model.StopCode is not null || _forgotten[side].Contains(id), "a stream can be ended");
            model.IsWriterDone = true;
        }
    }

    private void Reset(int side, StreamId id)
    {
        if (Sends(side, id))
        {
            ModelStream model = Outgoing(side, id);
            long code = _random.Next(1000);
            bool wasDone = _forgotten[side].Contains(id) || model.ResetCode is not null;
            _sides[side].Map.Reset(id, code);
            if (!wasDone)
            {
                model.ResetCode = code;
                model.IsWriterDone = true;
            }
        }
    }

    private void Stop(int side, StreamId id)
    {
        if (Receives(side, id))
        {
            ModelStream model = Incoming(side, id);
            if (!_forgotten[side].Contains(id) && !model.IsReaderDone)
            {
                model.StopCode = _random.Next(1000);
                model.IsReaderDone = true;
                _sides[side].Map.StopSending(id, model.StopCode.Value);
            }
        }
    }

    private void Read(int side, StreamId id, int length)
    {
        if (!Receives(side, id))
        {
            return;
        }

        ModelStream model = Incoming(side, id);
        byte[] buffer = new byte[length];
        ReadResult result = _sides[side].Map.Read(_sides[side].Now, StreamSide.Rtt, id, buffer, out int read);
        for (int i = 0; i < read; i++)
        {
            if (buffer[i] != Pattern(id, side == 0, model.Read + i))
            {
                Assert.Fail($"{_seed}: wrong byte at {model.Read + i} of stream {id}");
            }
        }

        model.Read += read;
        Check(model.Read <= model.Written, "nothing is read that was not written");
        switch (result)
        {
            case ReadResult.End:
                Check(model.IsFinished && model.Read == model.Written, "the end is where the writer put it");
                model.IsReaderDone = true;
                break;
            case ReadResult.Reset:
                long? code = _sides[side].Map.PeerResetCode(id);
                bool isKnownCode = code is not null && (code == model.ResetCode || code == model.StopCode);
                Check(isKnownCode, $"a reset carries the writer's code: {code}, not {model.ResetCode}");
                model.IsReaderDone = true;
                break;
            case ReadResult.Closed:
                Check(model.StopCode is not null || _forgotten[side].Contains(id), "only the reader closes");
                break;
            default:
                Check(result != ReadResult.Unknown, "the stream is known");
                break;
        }
    }

    private void Accept(int side)
    {
        if (_sides[side].Map.TryAccept(out StreamId id))
        {
            Check(!_known[side].Contains(id), "a stream is accepted once");
            Learn(side, id);
        }
    }

    private void Transmit(int side)
    {
        bool pending = _sides[side].Map.HasPending;
        byte[] packet = _sides[side].Build().ToArray();
        Check(pending == packet.Length > 0, "what is pending is sent");
        if (packet.Length > 0)
        {
            _packets.Add(new PacketInFlight(side == 1, packet, _sides[side].SentFrames.ToArray()));
        }
    }

    private void MovePacket()
    {
        // Mostly in order, sometimes not.
        int index = _random.Next(4) == 0 ? _random.Next(_packets.Count) : 0;
        PacketInFlight packet = _packets[index];
        StreamSide sender = _sides[packet.FromServer ? 1 : 0];
        double fate = _random.NextDouble();
        if (fate < _loss)
        {
            _packets.RemoveAt(index);
            Lose(sender, packet);
            return;
        }

        Arrive(packet);
        if (fate > 0.97)
        {
            // Stays in flight: it arrives again, or its first arrival was never acknowledged and it counts as lost.
            return;
        }

        _packets.RemoveAt(index);
        if (fate > 0.94)
        {
            Lose(sender, packet);
        }

        _acknowledgements.Add(packet);
    }

    private void Arrive(PacketInFlight packet)
    {
        TransportErrorCode error = _sides[packet.FromServer ? 0 : 1].Receive(packet.Bytes);
        Check(error == TransportErrorCode.NoError, $"the peer keeps the rules: {error}");
    }

    private static void Lose(StreamSide sender, PacketInFlight packet)
    {
        foreach (SentFrame frame in packet.Frames)
        {
            sender.Map.OnLost(in frame);
        }
    }

    private void DeliverAcknowledgements(int count)
    {
        for (; count > 0 && _acknowledgements.Count > 0; count--)
        {
            int index = _random.Next(_acknowledgements.Count);
            PacketInFlight packet = _acknowledgements[index];
            _acknowledgements.RemoveAt(index);
            foreach (SentFrame frame in packet.Frames)
            {
                _sides[packet.FromServer ? 1 : 0].Map.OnAcked(in frame);
            }
        }
    }

    private void Pump()
    {
        for (int side = 0; side < 2; side++)
        {
            foreach (StreamEvent streamEvent in _sides[side].Events())
            {
                if (streamEvent.Kind == StreamEventKind.Closed)
                {
                    Check(_forgotten[side].Add(streamEvent.Id), "a stream is closed once");
                }
                else
                {
                    Check(!_forgotten[side].Contains(streamEvent.Id) || streamEvent.Id == default, "nothing comes after Closed");
                }
            }
        }
    }

    private void CheckBounds()
    {
        foreach (StreamSide side in _sides)
        {
            Check(side.Map.OutstandingReceiveCredit <= side.Map.Limits.ReceiveBudget, "credit stays within the budget");
            Check(side.Map.BufferedReceiveBytes <= side.Map.Limits.ReceiveBudget, "memory stays within the budget");
        }
    }

    /// <summary>
    /// Over a pipe that loses nothing from now on, everyone writes some more, ends and reads to the end: credit must still flow,
    /// all must arrive and be forgotten.
    /// </summary>
    private void Finish()
    {
        foreach (PacketInFlight packet in _packets.Where(_ => _random.NextDouble() < _loss))
        {
            Lose(_sides[packet.FromServer ? 1 : 0], packet);
        }

        foreach (ModelStream model in _model.Values)
        {
            model.Target = model.Written + 20_000;
        }

        for (int rounds = 0; rounds < 3000; rounds++)
        {
            for (int side = 0; side < 2; side++)
            {
                Accept(side);
                foreach (StreamId id in _known[side])
                {
                    if (Sends(side, id) && Outgoing(side, id) is { IsWriterDone: false } outgoing)
                    {
                        if (outgoing.Written < outgoing.Target && !outgoing.IsReaderDone)
                        {
                            Write(side, id);
                        }
                        else
                        {
                            FinishWriting(side, id);
                        }
                    }

                    if (Receives(side, id) && !Incoming(side, id).IsReaderDone)
                    {
                        Read(side, id, 6000);
                    }
                }

                Transmit(side);
            }

            foreach (PacketInFlight packet in _packets)
            {
                Arrive(packet);
                _acknowledgements.Add(packet);
            }

            _packets.Clear();
            DeliverAcknowledgements(int.MaxValue);
            Pump();
            CheckBounds();
            if (_sides.All(side => side.Map is { OpenCount: 0, HasPending: false }))
            {
                break;
            }
        }

        foreach (StreamSide side in _sides)
        {
            Check(side.Map.OpenCount == 0, $"all streams end: {side.Map.OpenCount} left");
            Check(side.Pool.RentedPages == 0, "all pages return");
            Check(side.Map.BufferedSendBytes == 0 && side.Map.OutstandingReceiveCredit == 0, "nothing stays buffered");
        }

        foreach (((StreamId id, bool fromServer), ModelStream model) in _model)
        {
            bool clean = model.IsFinished && model.ResetCode is null && model.StopCode is null;
            string side = fromServer ? "server" : "client";
            Check(!clean || model.Read == model.Written, $"stream {id} from {side}: {model.Read} of {model.Written} bytes arrived");
        }
    }

    private void Check(bool condition, string rule)
    {
        if (!condition)
        {
            Assert.Fail($"{_seed}: {rule}");
        }
    }
}
