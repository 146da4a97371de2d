using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Streams;

/// <summary>From opening to forgetting: ends, resets, stops, and the supply of streams.</summary>
public sealed class StreamLifecycleTests
{
    private StreamSide _client = null!;

    private StreamSide _server = null!;

    [SetUp]
    public void SetUp() => (_client, _server) = StreamSide.Pair();

    [Test]
    public void A_stream_is_forgotten_when_both_sides_have_read_the_end()
    {
        StreamId id = _client.Open();
        _client.Write(id, 10);
        _client.Map.TryFinish(id);
        _client.Deliver(_server);
        Assert.That(_client.Map.IsWriteComplete(id), Is.True);
        Assert.That(_client.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Finished, id) }));

        Assert.That(_server.Map.TryAccept(out StreamId accepted), Is.True);
        Assert.That(accepted, Is.EqualTo(id));
        Assert.That(_server.ReadAll(id, out ReadResult end), Is.EqualTo(10));
        Assert.That(end, Is.EqualTo(ReadResult.End));
        _server.Map.TryFinish(id);
        _server.Deliver(_client);
        Assert.That(_server.Events().Last(), Is.EqualTo(new StreamEvent(StreamEventKind.Closed, id)));
        Assert.That(_server.Map.OpenCount, Is.Zero);

        Assert.That(_client.Read(id, out _), Is.EqualTo(ReadResult.End));
        Assert.That(_client.Events().Last(), Is.EqualTo(new StreamEvent(StreamEventKind.Closed, id)));
        Assert.That(_client.Map.OpenCount, Is.Zero);
        Assert.That(_client.Pool.RentedPages + _server.Pool.RentedPages, Is.Zero);
        Assert.That(_client.Read(id, out _), Is.EqualTo(ReadResult.Closed));
        Assert.That(_client.Map.Write(id, [1], 100, out _), Is.EqualTo(WriteResult.Closed));
    }

    [Test]
    public void Frames_for_a_forgotten_stream_are_ignored()
    {
        RunStream(unidirectional: false);
        Assert.That(_server.Stream(0, 0, 20), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Reset(0, 20), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stop(0), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_client.Stream(0, 0, 20), Is.EqualTo(TransportErrorCode.NoError));
        _server.Map.OnLost(new SentFrame(SentFrameKind.Stream, 0, 0, 10, true));
        _server.Map.OnAcked(new SentFrame(SentFrameKind.Stream, 0, 0, 10, true));
        Assert.That(_server.Map.OpenCount, Is.Zero);
        Assert.That(_server.Map.TryDequeueEvent(out _), Is.False);
        Assert.That(_server.Map.HasPending, Is.False);
    }

    [Test]
    public void A_stream_nobody_accepts_stays_and_counts()
    {
        StreamId id = _client.Open(unidirectional: true);
        _client.Map.TryFinish(id);
        _client.Deliver(_server);
        Assert.That(_server.Read(id, out _), Is.EqualTo(ReadResult.End));
        _server.Events();
        Assert.That(_server.Map.OpenCount, Is.EqualTo(1));
        _server.Map.TryAccept(out _);
        Assert.That(_server.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Closed, id) }));
        Assert.That(_server.Map.OpenCount, Is.Zero);
    }

    [Test]
    public void The_limit_of_streams_is_never_a_cap_on_their_total()
    {
        // A thousand streams one after the other, a hundred at a time allowed, and credit given again in batches.
        int frames = 0;
        for (int i = 0; i < 1000; i++)
        {
            RunStream(unidirectional: true);
            _server.Build();
            frames += _server.SentFrames.ToArray().Count(frame => frame.Kind == SentFrameKind.MaxStreamsUnidirectional);
            _server.LoseBuilt();
            _server.Deliver(_client);
        }

        Assert.That(frames, Is.InRange(1000 / 13, 1000 / 12));
    }

    [Test]
    public void Open_and_reset_churn_never_holds_more_than_the_limit()
    {
        // Rapid reset: what the peer opens and resets counts until it is forgotten, and that takes the application.
        for (int i = 0; i < 100; i++)
        {
            Assert.That(_server.Reset(i * 4, 0), Is.EqualTo(TransportErrorCode.NoError));
        }

        Assert.That(_server.Reset(400, 0), Is.EqualTo(TransportErrorCode.StreamLimitError));
        Assert.That(_server.Map.HasPending, Is.False, "no credit without the application");
    }

    [Test]
    public void A_refused_open_is_reported_once_per_limit_and_ends_with_an_event()
    {
        for (int i = 0; i < 100; i++)
        {
            _client.Open(unidirectional: true);
        }

        Assert.That(_client.Map.TryOpen(unidirectional: true, out _), Is.False);
        Assert.That(_client.Map.TryOpen(unidirectional: true, out _), Is.False);
        _client.Build();
        Assert.That(
            _client.SentFrames.ToArray(),
            Is.EqualTo(new[] { new SentFrame(SentFrameKind.StreamsBlockedUnidirectional, Offset: 100) }));
        Assert.That(_client.Map.HasPending, Is.False);
        _client.LoseBuilt();
        Assert.That(_client.Map.HasPending, Is.True, "a lost signal is repeated while it is true (RFC 9000, section 13.3)");

        _client.Map.HandleMaxStreams(new(Unidirectional: true, 101));
        Assert.That(_client.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.StreamsAvailableUnidirectional, default) }));
        Assert.That(_client.Map.HasPending, Is.False);
        _client.LoseBuilt();
        Assert.That(_client.Map.HasPending, Is.False, "an outdated signal is not repeated");
        _client.Open(unidirectional: true);
        _client.Map.HandleMaxStreams(new(Unidirectional: true, 5));
        Assert.That(_client.Map.TryOpen(unidirectional: true, out _), Is.False, "limits never shrink (RFC 9000, section 4.6)");
    }

    [Test]
    public void Our_own_bound_holds_whatever_the_peer_allows()
    {
        StreamSide client = new(isServer: false, new StreamLimits { MaxLocalBidirectional = 2 });
        client.Learn(new StreamLimits());
        StreamId first = client.Open();
        client.Open();
        Assert.That(client.Map.TryOpen(unidirectional: false, out _), Is.False);
        Assert.That(client.Map.HasPending, Is.False, "the peer is not to blame");
        client.Map.Reset(first, 0);
        client.Map.StopSending(first, 0);
        client.Build();
        client.AckBuilt();
        Assert.That(client.Reset(first.Value, 0), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(
            client.Events().Select(e => e.Kind),
            Is.EqualTo(new[] { StreamEventKind.Closed, StreamEventKind.StreamsAvailableBidirectional }));
        client.Open();
    }

    [Test]
    public void A_reset_reaches_the_reader_with_its_code_and_drops_unread_data()
    {
        StreamId id = _client.Open(unidirectional: true);
        _client.Write(id, 5000);
        _client.Deliver(_server);
        _client.Write(id, 5000);
        _client.Map.Reset(id, 77);
        Assert.That(_client.Map.Write(id, [1], 100, out _), Is.EqualTo(WriteResult.Closed));
        Assert.That(_client.Map.TryFinish(id), Is.False);
        Assert.That(_client.Map.BufferedSendBytes, Is.Zero);
        _client.Deliver(_server);

        Assert.That(_server.Pool.RentedPages, Is.Zero);
        Assert.That(_server.Map.TryAccept(out _), Is.True);
        Assert.That(_server.Read(id, out _), Is.EqualTo(ReadResult.Reset));
        Assert.That(_server.Map.PeerResetCode(id), Is.EqualTo(77), "the code outlives the read that reports it");
        Assert.That(
            _server.Events().Select(e => e.Kind),
            Is.EqualTo(new[] { StreamEventKind.Opened, StreamEventKind.Readable, StreamEventKind.Reset, StreamEventKind.Closed }));
        Assert.That(_client.Events().Last().Kind, Is.EqualTo(StreamEventKind.Closed));
    }

    [Test]
    public void A_reset_at_the_end_of_the_data_is_a_reset_unless_the_end_was_received()
    {
        // A broken connection must not look like a finished one: only a FIN ends a stream cleanly.
        _server.Stream(2, 0, 10);
        _server.Reset(2, 10);
        Assert.That(_server.Read(new StreamId(2), out _), Is.EqualTo(ReadResult.Reset));

        _server.Stream(6, 0, 10, fin: true);
        _server.Reset(6, 10);
        Assert.That(_server.ReadAll(new StreamId(6), out ReadResult end), Is.EqualTo(10));
        Assert.That(end, Is.EqualTo(ReadResult.End), "RFC 9000, section 3.2: with all data received a reset may be ignored");
    }

    [Test]
    public void STOP_SENDING_is_answered_with_a_reset_and_its_code()
    {
        // RFC 9000, section 3.5.
        StreamId id = _client.Open();
        _client.Write(id, 100);
        _client.Deliver(_server);
        _client.Write(id, 100);
        _server.Map.TryAccept(out _);
        _server.Map.StopSending(id, 55);
        Assert.That(_server.Pool.RentedPages, Is.Zero);
        _server.Deliver(_client);
        Assert.That(_client.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Stopped, id) }));
        Assert.That(_client.Map.PeerStopCode(id), Is.EqualTo(55));
        Assert.That(_client.Map.Write(id, [1], 100, out _), Is.EqualTo(WriteResult.Stopped));

        _client.Deliver(_server);
        Assert.That(_server.Map.PeerResetCode(id), Is.EqualTo(55));
        Assert.That(_server.Read(id, out _), Is.EqualTo(ReadResult.Closed));
        _server.Map.TryFinish(id);
        _server.Deliver(_client);
        Assert.That(_client.Read(id, out _), Is.EqualTo(ReadResult.End));
        _client.Events();
        _server.Events();
        Assert.That(_client.Map.OpenCount + _server.Map.OpenCount, Is.Zero);
    }

    [Test]
    public void STOP_SENDING_after_everything_was_acknowledged_changes_nothing()
    {
        StreamId id = _client.Open();
        _client.Write(id, 100);
        _client.Map.TryFinish(id);
        _client.Deliver(_server);
        Assert.That(_client.Stop(id.Value), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_client.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Finished, id) }));
        Assert.That(_client.Map.HasPending, Is.False);
    }

    [Test]
    public void A_stopped_stream_stays_until_its_final_size_is_known()
    {
        StreamId id = _client.Open(unidirectional: true);
        _client.Write(id, 1000);
        _client.Deliver(_server);
        _server.Map.TryAccept(out _);
        _server.Map.StopSending(id, 1);
        _server.Events();
        Assert.That(_server.Map.OpenCount, Is.EqualTo(1));
        Assert.That(_server.Stream(id.Value, 1000, 500), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Pool.RentedPages, Is.Zero, "what comes in late is dropped");
        Assert.That(_server.Stream(id.Value, 3000, 0, fin: true), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Closed, id) }), "the gap will never matter");
    }

    [Test]
    public void A_lost_STOP_SENDING_is_repeated_only_while_the_peer_may_be_sending()
    {
        _server.Stream(0, 0, 10);
        _server.Map.StopSending(new StreamId(0), 3);
        _server.Build();
        _server.LoseBuilt();
        Assert.That(_server.Map.HasPending, Is.True);
        _server.Build();
        _server.Stream(0, 10, 0, fin: true);
        _server.LoseBuilt();
        Assert.That(_server.Map.HasPending, Is.False);
    }

    [Test]
    public void Unknown_streams_are_unknown()
    {
        StreamId own = _client.Open(unidirectional: true);
        Assert.That(_client.Read(own, out _), Is.EqualTo(ReadResult.Unknown));
        Assert.That(_client.Map.Write(new StreamId(4), [1], 10, out _), Is.EqualTo(WriteResult.Unknown));
        Assert.That(_client.Read(new StreamId(1), out _), Is.EqualTo(ReadResult.Unknown));
        Assert.That(_client.Stream(3, 0, 1), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_client.Map.Write(new StreamId(3), [1], 10, out _), Is.EqualTo(WriteResult.Unknown));
        Assert.That(_client.Map.TryFinish(new StreamId(3)), Is.False);
        Assert.That(() => _client.Map.Reset(own, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Readable_is_raised_once_until_it_is_delivered()
    {
        for (int i = 0; i < 50; i++)
        {
            _server.Stream(0, i, 1);
        }

        Assert.That(_server.Events(), Has.Count.EqualTo(2));
        _server.Stream(0, 60, 1);
        Assert.That(_server.Events(), Is.Empty, "bytes behind a gap cannot be read");
        _server.Stream(0, 50, 10);
        Assert.That(_server.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Readable, new StreamId(0)) }));
    }

    [Test]
    public void CloseAll_returns_every_page()
    {
        for (int i = 0; i < 10; i++)
        {
            StreamId id = _client.Open();
            _client.Write(id, 30_000);
        }

        _client.Deliver(_server);
        for (int i = 0; i < 10; i++)
        {
            _client.Write(new StreamId(i * 4), 30_000);
        }

        Assert.That(_client.Pool.RentedPages, Is.Positive);
        Assert.That(_server.Pool.RentedPages, Is.Positive);
        _client.Map.CloseAll(keepReceived: false);
        _server.Map.CloseAll(keepReceived: false);
        Assert.That(_client.Pool.RentedPages + _server.Pool.RentedPages, Is.Zero);
        Assert.That(_client.Map.HasPending, Is.False);
        Assert.That(_server.Map.TryDequeueEvent(out _), Is.False);
        Assert.That(_client.Map.Write(new StreamId(0), [1], 10, out _), Is.EqualTo(WriteResult.Closed));
    }

    private void RunStream(bool unidirectional)
    {
        StreamId id = _client.Open(unidirectional);
        _client.Write(id, 10);
        _client.Map.TryFinish(id);
        _client.Deliver(_server);
        _server.Map.TryAccept(out _);
        _server.ReadAll(id, out _);
        if (!unidirectional)
        {
            _server.Map.TryFinish(id);
            _server.Deliver(_client);
            _client.ReadAll(id, out _);
        }

        _client.Events();
        _server.Events();
    }
}
