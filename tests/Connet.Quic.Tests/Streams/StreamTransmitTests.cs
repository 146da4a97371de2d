using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Streams;

/// <summary>What goes into packets, in which order, and what comes again after a loss.</summary>
public sealed class StreamTransmitTests
{
    private StreamSide _client = null!;

    private StreamSide _server = null!;

    [SetUp]
    public void SetUp() => (_client, _server) = StreamSide.Pair();

    [Test]
    public void Streams_take_turns_a_packet_each()
    {
        StreamId[] ids = [_client.Open(), _client.Open(), _client.Open()];
        foreach (StreamId id in ids)
        {
            _client.Write(id, 10_000);
        }

        for (int i = 0; i < 9; i++)
        {
            Assert.That(_client.Build().Length, Is.GreaterThan(1180));
            Assert.That(_client.SentFrames.Length, Is.EqualTo(1), "one stream may fill a packet");
            Assert.That(_client.SentFrames[0].Id, Is.EqualTo(ids[i % 3].Value));
        }
    }

    [Test]
    public void Small_pieces_share_a_packet()
    {
        StreamId[] ids = [_client.Open(), _client.Open(), _client.Open()];
        foreach (StreamId id in ids)
        {
            _client.Write(id, 100);
            _client.Map.TryFinish(id);
        }

        _client.Build();
        Assert.That(
            _client.SentFrames.ToArray(),
            Is.EqualTo(ids.Select(id => new SentFrame(SentFrameKind.Stream, id.Value, 0, 100, true))));
        Assert.That(_client.Map.HasPending, Is.False);
    }

    [Test]
    public void A_packet_without_room_gets_nothing_and_nothing_is_lost()
    {
        StreamId id = _client.Open();
        _client.Write(id, 100);
        SentFrameList sent = new();
        for (int room = 0; room < 18; room++)
        {
            byte[] packet = new byte[room];
            Span<byte> rest = packet;
            _client.Map.WriteStreamFrames(ref rest, sent);
            Assert.That(rest.Length, Is.EqualTo(room), "a few bytes are not worth a header");
        }

        Assert.That(sent.Count, Is.Zero);
        _client.Deliver(_server);
        Assert.That(_server.ReadAll(id, out _), Is.EqualTo(100));
    }

    [Test]
    public void Every_packet_size_carries_the_bytes_unchanged()
    {
        byte[] data = new byte[60_000];
        new Random(11).NextBytes(data);
        StreamId id = _client.Open();
        Assert.That(_client.Write(id, data), Is.EqualTo(data.Length));
        _client.Map.TryFinish(id);
        SentFrameList sent = new();
        for (int room = 30; _client.Map.HasPending; room++)
        {
            byte[] packet = new byte[room];
            Span<byte> rest = packet;
            _client.Map.WriteStreamFrames(ref rest, sent);
            Assert.That(rest.Length, Is.LessThan(room));
            Assert.That(_server.Receive(packet.AsSpan(0, room - rest.Length)), Is.EqualTo(TransportErrorCode.NoError));
        }

        Assert.That(_server.Read(id, out int read), Is.EqualTo(ReadResult.Ok));
        Assert.That(read, Is.EqualTo(data.Length));
        Assert.That(_server.LastRead(read).SequenceEqual(data), Is.True);
        Assert.That(_server.Read(id, out _), Is.EqualTo(ReadResult.End));
    }

    [Test]
    public void Lost_data_is_sent_again_and_acknowledged_data_is_not()
    {
        StreamId id = _client.Open();
        _client.Write(id, 3000);
        _client.Build();
        SentFrame first = _client.SentFrames[0];
        _client.Build();
        SentFrame second = _client.SentFrames[0];
        _client.Map.OnLost(in first);
        _client.Map.OnLost(in second);
        _client.Map.OnAcked(in second);
        Assert.That(_client.Map.BufferedSendBytes, Is.EqualTo(3000 - second.Length));
        _client.Build();
        Assert.That(_client.SentFrames[0], Is.EqualTo(first), "the hole comes first");
        _client.Build();
        Assert.That(_client.SentFrames[0].Offset, Is.EqualTo(second.Offset + second.Length));
        Assert.That(_client.Map.HasPending, Is.False);
    }

    [Test]
    public void Nothing_is_pending_after_a_late_acknowledgement()
    {
        StreamId id = _client.Open();
        _client.Write(id, 100);
        _client.Build();
        _client.LoseBuilt();
        Assert.That(_client.Map.HasPending, Is.True);
        _client.AckBuilt();
        Assert.That(_client.Map.HasPending, Is.False, "a connection that trusts HasPending must not spin");
    }

    [Test]
    public void An_end_alone_goes_out_in_a_frame_without_data()
    {
        StreamId id = _client.Open();
        _client.Write(id, 10);
        _client.Deliver(_server);
        _client.Map.TryFinish(id);
        _client.Map.TryFinish(id);
        _client.Build();
        Assert.That(_client.SentFrames.ToArray(), Is.EqualTo(new[] { new SentFrame(SentFrameKind.Stream, id.Value, 10, 0, true) }));
        _client.LoseBuilt();
        Assert.That(_client.Map.HasPending, Is.True);
    }

    [Test]
    public void A_stream_that_is_reset_leaves_the_queue()
    {
        StreamId id = _client.Open();
        _client.Write(id, 10_000);
        _client.Map.Reset(id, 9);
        _client.Build();
        Assert.That(_client.SentFrames.ToArray(), Is.EqualTo(new[] { new SentFrame(SentFrameKind.ResetStream, id.Value) }));
        Assert.That(_client.Map.HasPending, Is.False);
        Assert.That(_client.Pool.RentedPages, Is.Zero);
    }

    [Test]
    public void Bulk_transfer_on_an_open_stream_allocates_nothing()
    {
        StreamId id = _client.Open();
        byte[] data = new byte[1000];
        _client.Events();
        Move(4_000);
        _server.Map.TryAccept(out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Move(20_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.LessThan(AllocationQuantum.Bytes));

        void Move(int chunks)
        {
            SentFrame held = default;
            for (int i = 0; i < chunks; i++)
            {
                _client.Map.Write(id, data, 100_000, out int written);
                while (_client.Map.HasPending)
                {
                    _server.Receive(_client.Build());
                    foreach (ref readonly SentFrame frame in _client.SentFrames)
                    {
                        // Every tenth packet is taken for lost and sent again; every seventh is acknowledged late.
                        if (i % 10 == 0 && held.Length == 0)
                        {
                            held = frame;
                            _client.Map.OnLost(in frame);
                        }
                        else if (i % 7 == 0 && held.Length == 0)
                        {
                            held = frame;
                        }
                        else
                        {
                            _client.Map.OnAcked(in frame);
                        }
                    }
                }

                if ((i % 10 == 5 || i == chunks - 1) && held.Length != 0)
                {
                    _client.Map.OnAcked(in held);
                    held = default;
                }

                while (_server.Read(id, out _) == ReadResult.Ok)
                {
                }

                _server.Now += StreamSide.Rtt / 100;
                while (_server.Map.HasPending)
                {
                    _client.Receive(_server.Build());
                    _server.AckBuilt();
                }

                while (_server.Map.TryDequeueEvent(out _) || _client.Map.TryDequeueEvent(out _))
                {
                }

                if (written == 0)
                {
                    throw new InvalidOperationException($"Chunk {i} was not taken.");
                }
            }
        }
    }
}
