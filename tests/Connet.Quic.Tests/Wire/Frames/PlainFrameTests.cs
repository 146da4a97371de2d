using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;
using CsCheck;

namespace Connet.Quic.Tests.Wire.Frames;

/// <summary>The frames that are a few integers and no more (RFC 9000, sections 19.4, 19.5, 19.9 to 19.14, 19.16 to 19.18).</summary>
public sealed class PlainFrameTests
{
    private static readonly Gen<(long, long, long)> _three = Gen.Select(Property.VarInts, Property.VarInts, Property.VarInts);

    [Test]
    public void Reset_stream() => Property.Holds(_three, value =>
    {
        ResetStreamFrame frame = new(new StreamId(value.Item1), value.Item2, value.Item3);
        FrameCheck.Read(FrameCheck.Write(frame.TryWrite), FrameType.ResetStream, (_, ref payload) =>
            ResetStreamFrame.TryParse(ref payload, out ResetStreamFrame read) && read == frame);
    });

    [Test]
    public void Stop_sending() => Property.Holds(_three, value =>
    {
        StopSendingFrame frame = new(new StreamId(value.Item1), value.Item2);
        FrameCheck.Read(FrameCheck.Write(frame.TryWrite), FrameType.StopSending, (_, ref payload) =>
            StopSendingFrame.TryParse(ref payload, out StopSendingFrame read) && read == frame);
    });

    [Test]
    public void Max_data() => Property.Holds(Property.VarInts, value =>
    {
        MaxDataFrame frame = new(value);
        FrameCheck.Read(FrameCheck.Write(frame.TryWrite), FrameType.MaxData, (_, ref payload) =>
            MaxDataFrame.TryParse(ref payload, out MaxDataFrame read) && read == frame);
    });

    [Test]
    public void Max_stream_data() => Property.Holds(_three, value =>
    {
        MaxStreamDataFrame frame = new(new StreamId(value.Item1), value.Item2);
        FrameCheck.Read(FrameCheck.Write(frame.TryWrite), FrameType.MaxStreamData, (_, ref payload) =>
            MaxStreamDataFrame.TryParse(ref payload, out MaxStreamDataFrame read) && read == frame);
    });

    [Test]
    public void Data_blocked() => Property.Holds(Property.VarInts, value =>
    {
        DataBlockedFrame frame = new(value);
        FrameCheck.Read(FrameCheck.Write(frame.TryWrite), FrameType.DataBlocked, (_, ref payload) =>
            DataBlockedFrame.TryParse(ref payload, out DataBlockedFrame read) && read == frame);
    });

    [Test]
    public void Stream_data_blocked() => Property.Holds(_three, value =>
    {
        StreamDataBlockedFrame frame = new(new StreamId(value.Item1), value.Item2);
        FrameCheck.Read(FrameCheck.Write(frame.TryWrite), FrameType.StreamDataBlocked, (_, ref payload) =>
            StreamDataBlockedFrame.TryParse(ref payload, out StreamDataBlockedFrame read) && read == frame);
    });

    [Test]
    public void Retire_connection_id() => Property.Holds(Property.VarInts, value =>
    {
        RetireConnectionIdFrame frame = new(value);
        FrameCheck.Read(FrameCheck.Write(frame.TryWrite), FrameType.RetireConnectionId, (_, ref payload) =>
            RetireConnectionIdFrame.TryParse(ref payload, out RetireConnectionIdFrame read) && read == frame);
    });

    [Test]
    public void Max_streams() => Property.Holds(Gen.Select(Gen.Bool, Gen.Long[0, 1L << 60]), value =>
    {
        MaxStreamsFrame frame = new(value.Item1, value.Item2);
        FrameType type = value.Item1 ? FrameType.MaxStreamsUnidirectional : FrameType.MaxStreamsBidirectional;
        FrameCheck.Read(FrameCheck.Write(frame.TryWrite), type, (found, ref payload) =>
            MaxStreamsFrame.TryParse(found, ref payload, out MaxStreamsFrame read) && read == frame);
    });

    [Test]
    public void Streams_blocked() => Property.Holds(Gen.Select(Gen.Bool, Gen.Long[0, 1L << 60]), value =>
    {
        StreamsBlockedFrame frame = new(value.Item1, value.Item2);
        FrameType type = value.Item1 ? FrameType.StreamsBlockedUnidirectional : FrameType.StreamsBlockedBidirectional;
        FrameCheck.Read(FrameCheck.Write(frame.TryWrite), type, (found, ref payload) =>
            StreamsBlockedFrame.TryParse(found, ref payload, out StreamsBlockedFrame read) && read == frame);
    });

    // RFC 9000, sections 19.11 and 19.14: more than 2^60 streams is a FRAME_ENCODING_ERROR.
    [TestCase(1L << 60, true)]
    [TestCase((1L << 60) + 1, false)]
    [TestCase(VarInt.MaxValue, false)]
    public void More_streams_than_can_be_numbered_are_refused(long count, bool accepted)
    {
        byte[] bytes = new byte[8];
        Span<byte> rest = bytes;
        VarInt.Write(ref rest, count);
        foreach (FrameType type in (FrameType[])[FrameType.MaxStreamsBidirectional, FrameType.MaxStreamsUnidirectional,
            FrameType.StreamsBlockedBidirectional, FrameType.StreamsBlockedUnidirectional])
        {
            ReadOnlySpan<byte> payload = bytes;
            Assert.That(FrameCheck.TryReadAny(type, ref payload), Is.EqualTo(accepted), $"{type}");
        }
    }

    [Test]
    public void Path_challenge_and_response_carry_the_same_eight_bytes() => Property.Holds(Gen.ULong, data =>
    {
        PathChallengeFrame challenge = new(data);
        byte[] asked = FrameCheck.Write(challenge.TryWrite);
        FrameCheck.Read(asked, FrameType.PathChallenge, (_, ref payload) =>
            PathChallengeFrame.TryParse(ref payload, out PathChallengeFrame read) && read == challenge);

        PathResponseFrame response = new(data);
        byte[] answered = FrameCheck.Write(response.TryWrite);
        FrameCheck.Read(answered, FrameType.PathResponse, (_, ref payload) =>
            PathResponseFrame.TryParse(ref payload, out PathResponseFrame read) && read == response);
        Assert.That(answered[1..], Is.EqualTo(asked[1..]));
    }, rounds: 50);

    [Test]
    public void Fields_may_be_longer_than_needed()
    {
        // MAX_STREAM_DATA for stream 4, limit 5, in 8 and 4 bytes: only the frame type must be minimal.
        ReadOnlySpan<byte> payload = Convert.FromHexString("c00000000000000480000005");
        Assert.That(MaxStreamDataFrame.TryParse(ref payload, out MaxStreamDataFrame frame), Is.True);
        Assert.That(frame, Is.EqualTo(new MaxStreamDataFrame(new StreamId(4), 5)));
    }
}
