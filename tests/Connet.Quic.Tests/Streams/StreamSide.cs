using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Streams;

/// <summary>
/// One end of a connection reduced to its streams: what a connection does with a stream map, without packets, keys and clocks.
/// </summary>
internal sealed class StreamSide
{
    public static readonly TimeSpan Rtt = TimeSpan.FromMilliseconds(10);

    private readonly byte[] _packet = new byte[1200];

    private readonly SentFrameList _sent = new();

    private readonly byte[] _readBuffer = new byte[64 * 1024];

    public StreamSide(bool isServer, StreamLimits limits)
    {
        Pool = new PagePool();
        Map = new StreamMap(isServer, limits, Pool);
    }

    public StreamMap Map { get; }

    public PagePool Pool { get; }

    public Timestamp Now { get; set; }

    public long RentedBytes => (long)Pool.RentedPages * PagePool.PageSize;

    /// <summary>The frames of the packet last built.</summary>
    public ReadOnlySpan<SentFrame> SentFrames => _sent.Frames;

    public static (StreamSide Client, StreamSide Server) Pair(StreamLimits? client = null, StreamLimits? server = null)
    {
        StreamSide left = new(isServer: false, client ?? new StreamLimits());
        StreamSide right = new(isServer: true, server ?? new StreamLimits());
        left.Learn(right.Map.Limits);
        right.Learn(left.Map.Limits);
        return (left, right);
    }

    public void Learn(StreamLimits peer) =>
        Map.SetPeerLimits(
            peer.InitialMaxData,
            peer.InitialMaxStreamData,
            peer.InitialMaxStreamData,
            peer.InitialMaxStreamData,
            peer.InitialMaxStreamsBidirectional,
            peer.InitialMaxStreamsUnidirectional);

    /// <summary>Builds a packet; empty when there is nothing to send. It is valid until the next call.</summary>
    public ReadOnlySpan<byte> Build()
    {
        _sent.Clear();
        Span<byte> rest = _packet;
        Map.WriteControlFrames(ref rest, _sent);
        Map.WriteStreamFrames(ref rest, _sent);
        return _packet.AsSpan(0, _packet.Length - rest.Length);
    }

    /// <summary>Sends everything pending to the other end, and acknowledges it there and then. Returns the number of packets.</summary>
    public int Deliver(StreamSide to)
    {
        int packets = 0;
        while (Map.HasPending)
        {
            ReadOnlySpan<byte> packet = Build();
            Assert.That(packet.Length, Is.GreaterThan(0), "pending means that a packet gets something");
            Assert.That(to.Receive(packet), Is.EqualTo(TransportErrorCode.NoError));
            AckBuilt();
            packets++;
        }

        return packets;
    }

    public void AckBuilt()
    {
        foreach (ref readonly SentFrame frame in _sent.Frames)
        {
            Map.OnAcked(in frame);
        }
    }

    public void LoseBuilt()
    {
        foreach (ref readonly SentFrame frame in _sent.Frames)
        {
            Map.OnLost(in frame);
        }
    }

    public TransportErrorCode Receive(ReadOnlySpan<byte> packet)
    {
        TransportErrorCode error = TransportErrorCode.NoError;
        while (error == TransportErrorCode.NoError && !packet.IsEmpty)
        {
            error = FrameTypes.TryRead(ref packet, out FrameType type);
            if (error == TransportErrorCode.NoError)
            {
                error = Dispatch(type, ref packet);
            }
        }

        return error;
    }

    public StreamId Open(bool unidirectional = false)
    {
        Assert.That(Map.TryOpen(unidirectional, out StreamId id), Is.True);
        return id;
    }

    public int Write(StreamId id, int length) => Write(id, new byte[length]);

    public int Write(StreamId id, ReadOnlySpan<byte> data)
    {
        Map.Write(id, data, int.MaxValue, out int written);
        return written;
    }

    public ReadResult Read(StreamId id, out int read) => Map.Read(Now, Rtt, id, _readBuffer, out read);

    public ReadOnlySpan<byte> LastRead(int length) => _readBuffer.AsSpan(0, length);

    /// <summary>Reads until nothing comes and returns how much that was.</summary>
    public long ReadAll(StreamId id, out ReadResult last)
    {
        long sum = 0;
        while ((last = Read(id, out int read)) == ReadResult.Ok)
        {
            sum += read;
        }

        return sum;
    }

    public List<StreamEvent> Events()
    {
        List<StreamEvent> events = [];
        while (Map.TryDequeueEvent(out StreamEvent streamEvent))
        {
            events.Add(streamEvent);
        }

        return events;
    }

    public TransportErrorCode Stream(long id, long offset, int length, bool fin = false) =>
        Map.HandleStream(new StreamFrame(new StreamId(id), offset, new byte[length], fin));

    public TransportErrorCode Reset(long id, long finalSize, long code = 1) =>
        Map.HandleReset(new ResetStreamFrame(new StreamId(id), code, finalSize));

    public TransportErrorCode Stop(long id, long code = 1) => Map.HandleStopSending(new StopSendingFrame(new StreamId(id), code));

    private TransportErrorCode Dispatch(FrameType type, ref ReadOnlySpan<byte> packet)
    {
        bool parsed;
        TransportErrorCode error = TransportErrorCode.NoError;
        if (FrameTypes.IsStream(type))
        {
            parsed = StreamFrame.TryParse(type, ref packet, out StreamFrame stream);
            error = Map.HandleStream(in stream);
        }
        else
        {
            switch (type)
            {
                case FrameType.ResetStream:
                    parsed = ResetStreamFrame.TryParse(ref packet, out ResetStreamFrame reset);
                    error = Map.HandleReset(in reset);
                    break;
                case FrameType.StopSending:
                    parsed = StopSendingFrame.TryParse(ref packet, out StopSendingFrame stop);
                    error = Map.HandleStopSending(in stop);
                    break;
                case FrameType.MaxData:
                    parsed = MaxDataFrame.TryParse(ref packet, out MaxDataFrame maxData);
                    error = Map.HandleMaxData(in maxData);
                    break;
                case FrameType.MaxStreamData:
                    parsed = MaxStreamDataFrame.TryParse(ref packet, out MaxStreamDataFrame maxStreamData);
                    error = Map.HandleMaxStreamData(in maxStreamData);
                    break;
                case FrameType.MaxStreamsBidirectional:
                case FrameType.MaxStreamsUnidirectional:
                    parsed = MaxStreamsFrame.TryParse(type, ref packet, out MaxStreamsFrame maxStreams);
                    error = Map.HandleMaxStreams(in maxStreams);
                    break;
                case FrameType.DataBlocked:
                    parsed = DataBlockedFrame.TryParse(ref packet, out DataBlockedFrame dataBlocked);
                    error = Map.HandleDataBlocked(in dataBlocked);
                    break;
                case FrameType.StreamDataBlocked:
                    parsed = StreamDataBlockedFrame.TryParse(ref packet, out StreamDataBlockedFrame streamBlocked);
                    error = Map.HandleStreamDataBlocked(in streamBlocked);
                    break;
                default:
                    parsed = StreamsBlockedFrame.TryParse(type, ref packet, out StreamsBlockedFrame streamsBlocked);
                    error = Map.HandleStreamsBlocked(in streamsBlocked);
                    break;
            }
        }

        return parsed ? error : TransportErrorCode.FrameEncodingError;
    }
}
