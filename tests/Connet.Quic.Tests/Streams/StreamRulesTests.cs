using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Streams;

/// <summary>What the peer must not do: streams it may not name, sizes that change, limits it exceeds.</summary>
public sealed class StreamRulesTests
{
    // Identifiers as a server sees them: 0, 4 … client bidirectional; 1 server bidirectional; 2 client unidirectional; 3
    // server unidirectional.
    private const long PeerBidirectional = 0;
    private const long OwnBidirectional = 1;
    private const long PeerUnidirectional = 2;
    private const long OwnUnidirectional = 3;

    private static readonly StreamLimits SmallLimits = new()
    {
        MaxBidirectional = 3,
        MaxUnidirectional = 2,
        InitialStreamWindow = 4096,
        MaxStreamWindow = 4096,
        InitialConnectionWindow = 8192,
        GrowthBudget = 0,
    };

    private StreamSide _server = null!;

    [SetUp]
    public void SetUp()
    {
        _server = new StreamSide(isServer: true, SmallLimits);
        _server.Learn(new StreamLimits());
    }

    private static IEnumerable<TestCaseData> FramesForTheWrongDirection()
    {
        yield return new TestCaseData(OwnUnidirectional, (int)SentFrameKind.Stream);
        yield return new TestCaseData(OwnUnidirectional, (int)SentFrameKind.ResetStream);
        yield return new TestCaseData(OwnUnidirectional, (int)SentFrameKind.StreamDataBlocked);
        yield return new TestCaseData(PeerUnidirectional, (int)SentFrameKind.StopSending);
        yield return new TestCaseData(PeerUnidirectional, (int)SentFrameKind.MaxStreamData);
    }

    private static IEnumerable<int> FramesThatNameAStream() =>
        [
            (int)SentFrameKind.Stream,
            (int)SentFrameKind.ResetStream,
            (int)SentFrameKind.StreamDataBlocked,
            (int)SentFrameKind.StopSending,
            (int)SentFrameKind.MaxStreamData,
        ];

    [TestCaseSource(nameof(FramesForTheWrongDirection))]
    public void A_frame_for_the_wrong_direction_is_a_stream_state_error(long id, int kind)
    {
        // RFC 9000, sections 19.4, 19.5, 19.8, 19.10, 19.13.
        _server.Open(unidirectional: true);
        Assert.That(Handle((SentFrameKind)kind, id), Is.EqualTo(TransportErrorCode.StreamStateError));
    }

    [TestCaseSource(nameof(FramesThatNameAStream))]
    public void A_frame_for_a_stream_of_ours_that_is_not_open_is_a_stream_state_error(int kind)
    {
        Assert.That(Handle((SentFrameKind)kind, OwnBidirectional), Is.EqualTo(TransportErrorCode.StreamStateError));
        _server.Open();
        Assert.That(Handle((SentFrameKind)kind, OwnBidirectional), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(Handle((SentFrameKind)kind, OwnBidirectional + 4), Is.EqualTo(TransportErrorCode.StreamStateError));
    }

    [TestCaseSource(nameof(FramesThatNameAStream))]
    public void A_frame_for_a_stream_beyond_the_limit_is_a_stream_limit_error(int kind)
    {
        // RFC 9000, section 4.6; for every frame that names a stream.
        Assert.That(Handle((SentFrameKind)kind, PeerBidirectional + (4 * 3)), Is.EqualTo(TransportErrorCode.StreamLimitError));
        Assert.That(_server.Map.OpenCount, Is.Zero, "nothing is opened on the way to an error");
        Assert.That(Handle((SentFrameKind)kind, PeerBidirectional + (4 * 2)), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Map.OpenCount, Is.EqualTo(3));
    }

    [Test]
    public void A_unidirectional_stream_beyond_the_limit_is_a_stream_limit_error()
    {
        Assert.That(_server.Stream(PeerUnidirectional + 8, 0, 1), Is.EqualTo(TransportErrorCode.StreamLimitError));
        Assert.That(_server.Stream((1L << 62) - 2, 0, 1), Is.EqualTo(TransportErrorCode.StreamLimitError));
    }

    [Test]
    public void A_frame_opens_all_lower_streams_of_its_type_in_order()
    {
        // RFC 9000, section 3.2.
        Assert.That(_server.Stream(8, 0, 1), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(
            _server.Events(),
            Is.EqualTo(new StreamEvent[]
            {
                new(StreamEventKind.Opened, new StreamId(0)),
                new(StreamEventKind.Opened, new StreamId(4)),
                new(StreamEventKind.Opened, new StreamId(8)),
                new(StreamEventKind.Readable, new StreamId(8)),
            }));
        foreach (long expected in new long[] { 0, 4, 8 })
        {
            Assert.That(_server.Map.TryAccept(out StreamId id), Is.True);
            Assert.That(id.Value, Is.EqualTo(expected));
        }

        Assert.That(_server.Map.TryAccept(out _), Is.False);
    }

    [Test]
    public void Data_beyond_the_final_size_is_a_final_size_error()
    {
        // RFC 9000, section 4.5, for all cases below.
        Assert.That(_server.Stream(0, 0, 10, fin: true), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stream(0, 5, 5), Is.EqualTo(TransportErrorCode.NoError), "repeated data is fine");
        Assert.That(_server.Stream(0, 5, 6), Is.EqualTo(TransportErrorCode.FinalSizeError));
    }

    [TestCase(9)]
    [TestCase(11)]
    public void A_final_size_that_changes_is_an_error(int size)
    {
        Assert.That(_server.Stream(0, 0, 10, fin: true), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stream(0, size, 0, fin: true), Is.EqualTo(TransportErrorCode.FinalSizeError));
        Assert.That(_server.Reset(0, size), Is.EqualTo(TransportErrorCode.FinalSizeError));
        Assert.That(_server.Reset(0, 10), Is.EqualTo(TransportErrorCode.NoError));
    }

    [Test]
    public void A_final_size_below_what_was_received_is_an_error()
    {
        Assert.That(_server.Stream(0, 5, 10), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stream(0, 0, 14, fin: true), Is.EqualTo(TransportErrorCode.FinalSizeError));
        Assert.That(_server.Reset(0, 14), Is.EqualTo(TransportErrorCode.FinalSizeError));
    }

    [Test]
    public void The_final_size_is_checked_after_a_reset_too()
    {
        Assert.That(_server.Reset(0, 10), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stream(0, 0, 10), Is.EqualTo(TransportErrorCode.NoError), "late data is ignored");
        Assert.That(_server.Stream(0, 0, 11), Is.EqualTo(TransportErrorCode.FinalSizeError));
        Assert.That(_server.Reset(0, 11), Is.EqualTo(TransportErrorCode.FinalSizeError));
        Assert.That(_server.Stream(0, 0, 9, fin: true), Is.EqualTo(TransportErrorCode.FinalSizeError));
    }

    [Test]
    public void Exceeding_a_streams_limit_is_a_flow_control_error()
    {
        // RFC 9000, section 4.1.
        Assert.That(_server.Stream(0, 4095, 1), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stream(0, 4096, 1), Is.EqualTo(TransportErrorCode.FlowControlError));
        Assert.That(_server.Stream(4, VarInt.MaxValue - 1, 1), Is.EqualTo(TransportErrorCode.FlowControlError));
    }

    [Test]
    public void A_reset_counts_for_both_limits()
    {
        // RFC 9000, section 4.5; nginx, July 2026: the final size of a reset escaped flow control.
        Assert.That(_server.Reset(0, 4097), Is.EqualTo(TransportErrorCode.FlowControlError), "the stream's limit");
        Assert.That(_server.Reset(0, 4096), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stream(4, 4095, 1), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Reset(8, 1), Is.EqualTo(TransportErrorCode.FlowControlError), "the connection's limit");
    }

    [Test]
    public void Exceeding_the_connections_limit_is_a_flow_control_error_counted_by_offsets()
    {
        // CVE-2026-75804: the connection's limit was not enforced. It counts the highest offsets, gaps included.
        Assert.That(_server.Stream(0, 4095, 1), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stream(0, 0, 4096), Is.EqualTo(TransportErrorCode.NoError), "offsets count once");
        Assert.That(_server.Stream(4, 4095, 1), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stream(PeerUnidirectional, 0, 0, fin: true), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(_server.Stream(8, 0, 1), Is.EqualTo(TransportErrorCode.FlowControlError));
    }

    [Test]
    public void One_byte_every_second_offset_ends_with_an_error_and_bounded_memory()
    {
        TransportErrorCode error = TransportErrorCode.NoError;
        int frames = 0;
        for (long offset = 1; offset < 4096 && error == TransportErrorCode.NoError; offset += 2, frames++)
        {
            error = _server.Stream(0, offset, 1);
        }

        Assert.That(error, Is.EqualTo(TransportErrorCode.InternalError));
        Assert.That(frames, Is.EqualTo(Reassembler.MaxGaps + 1));
        Assert.That(_server.Pool.RentedPages, Is.EqualTo(1));
    }

    [Test]
    public void The_last_byte_first_costs_one_page_a_stream()
    {
        StreamSide server = new(isServer: true, new StreamLimits());
        for (int i = 0; i < 100; i++)
        {
            Assert.That(server.Stream(i * 4, (10 * 1024) - 1, 1), Is.EqualTo(TransportErrorCode.NoError));
        }

        Assert.That(server.Pool.RentedPages, Is.EqualTo(100), "memory is never allocated by offset");
    }

    [Test]
    public void Blocked_signals_in_any_number_change_nothing()
    {
        for (int i = 0; i < 100_000; i++)
        {
            Assert.That(_server.Map.HandleDataBlocked(new DataBlockedFrame(i)), Is.EqualTo(TransportErrorCode.NoError));
            Assert.That(_server.Map.HandleStreamsBlocked(new StreamsBlockedFrame(false, i)), Is.EqualTo(TransportErrorCode.NoError));
            Assert.That(
                _server.Map.HandleStreamDataBlocked(new StreamDataBlockedFrame(new StreamId(0), i)),
                Is.EqualTo(TransportErrorCode.NoError));
        }

        Assert.That(_server.Map.HasPending, Is.False);
        Assert.That(_server.Events(), Has.Count.EqualTo(1), "the stream was opened");
    }

    [Test]
    public void Stop_and_reset_floods_raise_one_event_and_one_answer()
    {
        for (int i = 0; i < 1000; i++)
        {
            Assert.That(_server.Stop(0, code: i), Is.EqualTo(TransportErrorCode.NoError));
            Assert.That(_server.Reset(0, 0, code: i), Is.EqualTo(TransportErrorCode.NoError));
        }

        Assert.That(
            _server.Events().Select(e => e.Kind),
            Is.EqualTo(new[] { StreamEventKind.Opened, StreamEventKind.Stopped, StreamEventKind.Reset }));
        _server.Build();
        Assert.That(_server.SentFrames.ToArray(), Is.EqualTo(new[] { new SentFrame(SentFrameKind.ResetStream, 0) }));
        Assert.That(_server.Map.HasPending, Is.False);
        Assert.That(_server.Map.PeerStopCode(new StreamId(0)), Is.Zero, "the first code counts");
        Assert.That(_server.Map.PeerResetCode(new StreamId(0)), Is.Zero);
    }

    private TransportErrorCode Handle(SentFrameKind kind, long id) => kind switch
    {
        SentFrameKind.Stream => _server.Stream(id, 0, 1),
        SentFrameKind.ResetStream => _server.Reset(id, 1),
        SentFrameKind.StopSending => _server.Stop(id),
        SentFrameKind.MaxStreamData => _server.Map.HandleMaxStreamData(new MaxStreamDataFrame(new StreamId(id), 1)),
        _ => _server.Map.HandleStreamDataBlocked(new StreamDataBlockedFrame(new StreamId(id), 1)),
    };
}
