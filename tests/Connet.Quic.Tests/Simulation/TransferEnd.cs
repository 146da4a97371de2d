using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Simulation;

/// <summary>The application at one end of a transfer. It acts on events only, so a missing one leaves it waiting.</summary>
internal sealed class TransferEnd(Connection connection, bool isServer, TransferPlan plan, int seed)
{
    private readonly Random _random = new(seed);
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly Dictionary<long, Sender> _senders = [];
    private readonly Dictionary<long, Receiver> _receivers = [];
    private readonly int[] _opened = new int[2];
    private int _accepted;

    public Connection Connection => connection;

    /// <summary>Everything that was planned has happened, and all streams are forgotten.</summary>
    public bool IsDone =>
        _opened[0] == plan.Count(isServer, false) && _opened[1] == plan.Count(isServer, true)
        && _accepted == plan.Count(!isServer, false) + plan.Count(!isServer, true)
        && _senders.Values.All(static sender => sender.Done) && _receivers.Values.All(static receiver => receiver.Done)
        && connection.Streams.OpenCount == 0;

    public long BytesReceived { get; private set; }

    public string Describe() =>
        $"opened {_opened[0]}+{_opened[1]}, accepted {_accepted}, open {connection.Streams.OpenCount}, "
        + $"sending [{string.Join(' ', _senders.Values.Where(static s => !s.Done).Select(static s => $"{s.Id.Value}:{s.Sent}/{s.Plan.Size}"))}], "
        + $"receiving [{string.Join(' ', _receivers.Values.Where(static r => !r.Done).Select(static r => $"{r.Id.Value}:{r.Received}/{r.Plan.Size}"))}]";

    /// <summary>Opens as many streams as it may.</summary>
    public void Start(Timestamp now)
    {
        OpenAll(now, unidirectional: false);
        OpenAll(now, unidirectional: true);
    }

    public void Handle(Timestamp now, StreamEvent streamEvent)
    {
        switch (streamEvent.Kind)
        {
            case StreamEventKind.Opened:
                AcceptAll(now);
                break;
            case StreamEventKind.Readable or StreamEventKind.Reset:
                Receive(now, streamEvent.Id);
                break;
            case StreamEventKind.Writable or StreamEventKind.Stopped:
                Send(streamEvent.Id);
                break;
            case StreamEventKind.StreamsAvailableBidirectional:
                OpenAll(now, unidirectional: false);
                break;
            case StreamEventKind.StreamsAvailableUnidirectional:
                OpenAll(now, unidirectional: true);
                break;
        }
    }

    private void OpenAll(Timestamp now, bool unidirectional)
    {
        ref int opened = ref _opened[unidirectional ? 1 : 0];
        while (opened < plan.Count(isServer, unidirectional) && connection.Streams.TryOpen(unidirectional, out StreamId id))
        {
            opened++;
            AddFlows(now, id, isOpener: true);
        }
    }

    private void AcceptAll(Timestamp now)
    {
        while (connection.Streams.TryAccept(out StreamId id))
        {
            _accepted++;
            AddFlows(now, id, isOpener: false);
        }
    }

    private void AddFlows(Timestamp now, StreamId id, bool isOpener)
    {
        if (isOpener || !id.IsUnidirectional)
        {
            _senders.Add(id.Value, new Sender(id, !isOpener, plan.Flow(id, back: !isOpener)));
        }

        if (!isOpener || !id.IsUnidirectional)
        {
            _receivers.Add(id.Value, new Receiver(id, isOpener, plan.Flow(id, back: isOpener)));
        }

        Send(id);
        Receive(now, id);
    }

    private void Send(StreamId id)
    {
        if (!_senders.TryGetValue(id.Value, out Sender? sender) || sender.Done
            || (sender.Plan.Waits && sender.Back && !_receivers[id.Value].Done))
        {
            return;
        }

        int end = sender.Plan.ResetAt ?? sender.Plan.Size;
        while (sender.Sent < end)
        {
            int wanted = Math.Min(end - sender.Sent, _random.Next(1, _buffer.Length));
            for (int i = 0; i < wanted; i++)
            {
                _buffer[i] = TransferPlan.ByteAt(id, sender.Back, sender.Sent + i);
            }

            WriteResult result = connection.Streams.Write(id, _buffer.AsSpan(0, wanted), connection.SendRoom, out int written);
            sender.Sent += written;
            switch (result)
            {
                case WriteResult.Ok when written == wanted:
                    continue;
                case WriteResult.Ok or WriteResult.Blocked:
                    return;
                default:
                    Assert.That(result, Is.EqualTo(WriteResult.Stopped), $"writing to stream {id}");
                    Assert.That(sender.Plan.StopAt, Is.Not.Null, $"stream {id} was stopped, which is not planned");
                    sender.Done = true;
                    return;
            }
        }

        sender.Done = true;
        if (sender.Plan.ResetAt is null)
        {
            connection.Streams.TryFinish(id);
        }
        else
        {
            connection.Streams.Reset(id, 1000 + id.Value);
        }
    }

    private void Receive(Timestamp now, StreamId id)
    {
        if (!_receivers.TryGetValue(id.Value, out Receiver? receiver) || receiver.Done)
        {
            return;
        }

        while (!receiver.Done)
        {
            int wanted = _random.Next(1, _buffer.Length);
            if (receiver.Plan.StopAt is int stopAt)
            {
                if (receiver.Received >= stopAt)
                {
                    connection.Streams.StopSending(id, 2000 + id.Value);
                    receiver.Done = true;
                    break;
                }

                wanted = Math.Min(wanted, stopAt - receiver.Received);
            }

            ReadResult result = connection.Streams.Read(now, connection.SmoothedRtt, id, _buffer.AsSpan(0, wanted), out int read);
            if (result == ReadResult.Blocked)
            {
                return;
            }

            Check(receiver, result, read);
        }

        // The other direction may have waited for this one.
        Send(id);
    }

    private void Check(Receiver receiver, ReadResult result, int read)
    {
        for (int i = 0; i < read; i++)
        {
            if (_buffer[i] != TransferPlan.ByteAt(receiver.Id, receiver.Back, receiver.Received + i))
            {
                Assert.Fail($"stream {receiver.Id} has a wrong byte at {receiver.Received + i}");
            }
        }

        receiver.Received += read;
        BytesReceived += read;
        switch (result)
        {
            case ReadResult.Ok:
                Assert.That(receiver.Received, Is.LessThanOrEqualTo(receiver.Plan.ResetAt ?? receiver.Plan.Size));
                break;
            case ReadResult.End:
                Assert.That(receiver.Plan.ResetAt, Is.Null, $"stream {receiver.Id} ended, but was to be reset");
                Assert.That(receiver.Received, Is.EqualTo(receiver.Plan.Size), $"the length of stream {receiver.Id}");
                receiver.Done = true;
                break;
            case ReadResult.Reset:
                Assert.That(receiver.Plan.ResetAt, Is.Not.Null, $"stream {receiver.Id} was reset, which is not planned");
                receiver.Done = true;
                break;
            default:
                Assert.Fail($"reading stream {receiver.Id}: {result}");
                break;
        }
    }

    private sealed class Sender(StreamId id, bool back, FlowPlan plan)
    {
        public StreamId Id => id;

        public bool Back => back;

        public FlowPlan Plan => plan;

        public int Sent { get; set; }

        public bool Done { get; set; }
    }

    private sealed class Receiver(StreamId id, bool back, FlowPlan plan)
    {
        public StreamId Id => id;

        public bool Back => back;

        public FlowPlan Plan => plan;

        public int Received { get; set; }

        public bool Done { get; set; }
    }
}
