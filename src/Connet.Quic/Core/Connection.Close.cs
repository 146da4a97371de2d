using System.Text;
using System.Text.Unicode;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core;

/// <content>The end of a connection (RFC 9000, section 10).</content>
internal sealed partial class Connection
{
    /// <summary>A reason phrase is cut to this many bytes, so that CONNECTION_CLOSE always fits a packet.</summary>
    private const int MaxReasonBytes = 256;

    private Timestamp _closeDeadline = Timestamp.Never;
    private bool _closePending;
    private bool _closeIsApplication;
    private long _closeFrameType;
    private long _datagramsSinceClose;
    private long _nextCloseAnswer = 1;

    /// <summary>Closes with an application error code. Streams end at once; the peer learns code and reason.</summary>
    public void Close(Timestamp now, long errorCode, string reason)
    {
        if (State is ConnectionState.Handshake or ConnectionState.Established)
        {
            _closeIsApplication = true;
            _closePending = true;
            End(now, ConnectionState.Closing, new ConnectionCloseReason(ConnectionCloseKind.LocalApplication, errorCode, reason));
        }
    }

    private void CloseWith(Timestamp now, TransportErrorCode code, long frameType, string reason)
    {
        if (State is ConnectionState.Handshake or ConnectionState.Established)
        {
            _closeFrameType = frameType;
            _closePending = true;
            End(now, ConnectionState.Closing, new ConnectionCloseReason(ConnectionCloseKind.LocalTransport, (long)code, reason));
        }
    }

    private TransportErrorCode HandleClose(Timestamp now, FrameType type, ref ReadOnlySpan<byte> payload)
    {
        if (!ConnectionCloseFrame.TryParse(type, ref payload, out ConnectionCloseFrame frame))
        {
            return TransportErrorCode.FrameEncodingError;
        }

        ReadOnlySpan<byte> reason = frame.Reason.Length > MaxReasonBytes ? frame.Reason[..MaxReasonBytes] : frame.Reason;
        ConnectionCloseKind kind = frame.IsApplication ? ConnectionCloseKind.PeerApplication : ConnectionCloseKind.PeerTransport;
        End(now, ConnectionState.Draining, new ConnectionCloseReason(kind, frame.ErrorCode, Encoding.UTF8.GetString(reason)));
        return TransportErrorCode.NoError;
    }

    private void End(Timestamp now, ConnectionState state, ConnectionCloseReason reason)
    {
        // Long enough for stray packets to be answered or ignored by this connection (RFC 9000, section 10.2).
        _closeDeadline = state == ConnectionState.Drained ? Timestamp.Never : now + (3 * ProbeTimeout);
        State = state;
        CloseReason = reason;
        CloseData();
        _undecryptable.Clear();
        _handshake.Dispose();
        _events.Clear();
        _events.Enqueue(new ConnectionEvent(ConnectionEventKind.Closed));
        if (state == ConnectionState.Drained)
        {
            _endpointEvents.Enqueue(new EndpointEvent(EndpointEventKind.Drained));
        }
    }

    /// <summary>
    /// What had arrived before the end is the application's, unless it was this side that ended the connection. A peer that writes, ends its
    /// stream and closes as soon as all is acknowledged has done nothing wrong.
    /// </summary>
    private bool KeepsReceived => CloseReason?.Kind
        is ConnectionCloseKind.PeerApplication or ConnectionCloseKind.PeerTransport or ConnectionCloseKind.IdleTimeout or ConnectionCloseKind.StatelessReset;

    private void CloseData()
    {
        _streams.CloseAll(KeepsReceived);
        _datagramsOut.Clear();
        if (!KeepsReceived)
        {
            _datagramsIn.Clear();
        }

        _pages.Trim();
    }

    private void Drain()
    {
        State = ConnectionState.Drained;
        _closeDeadline = Timestamp.Never;
        _closePending = false;
        _endpointEvents.Enqueue(new EndpointEvent(EndpointEventKind.Drained));
    }

    // Answers become rarer as more arrives, so that two closing ends cannot keep each other busy (RFC 9000, section 10.2.1).
    private void OnDatagramWhileClosing()
    {
        if (++_datagramsSinceClose >= _nextCloseAnswer)
        {
            _nextCloseAnswer *= 2;
            _datagramsSinceClose = 0;
            _closePending = true;
        }
    }

    /// <summary>CONNECTION_CLOSE at every level that the peer may be able to read (RFC 9000, section 10.2.3).</summary>
    private int WriteCloseDatagram(Span<byte> buffer)
    {
        _closePending = false;
        int limit = (int)Math.Min(Math.Min(buffer.Length, _path.Mtu.Current), _path.AntiAmplification.Available);
        int written = 0;
        bool hasInitial = Space(EncryptionLevel.Initial).Keys is not null;
        foreach (PacketSpace space in _spaces)
        {
            if (!HasWriteKeys(space))
            {
                continue;
            }

            bool isLast = space.Level == HighestWritableLevel;
            int minimum = hasInitial && isLast ? Math.Min(limit, Paths.MtuDiscovery.BaseSize) - written : 0;
            int size = WriteClosePacket(space, buffer[written..limit], minimum);
            written += size;
        }

        return written;
    }

    private EncryptionLevel HighestWritableLevel =>
        HasWriteKeys(_spaces[2]) ? EncryptionLevel.Application : HasWriteKeys(_spaces[1]) ? EncryptionLevel.Handshake : EncryptionLevel.Initial;

    private int WriteClosePacket(PacketSpace space, Span<byte> buffer, int minimum)
    {
        const int Overhead = 128;
        ConnectionCloseReason close = CloseReason!;
        bool isApplication = _closeIsApplication;
        long code = close.ErrorCode;
        byte[] reason = new byte[MaxReasonBytes];
        Utf8.FromUtf16(close.Reason, reason, out _, out int reasonLength);
        if (isApplication && space.Level != EncryptionLevel.Application)
        {
            // The application's code and words do not belong in packets that anyone on the path can read.
            isApplication = false;
            code = (long)TransportErrorCode.ApplicationError;
            reasonLength = 0;
        }

        if (buffer.Length < Overhead + reasonLength)
        {
            return 0;
        }

        PacketBuilder builder = BeginPacket(space, buffer);
        Span<byte> cursor = builder.Payload;
        new ConnectionCloseFrame(isApplication, code, _closeFrameType, reason.AsSpan(0, reasonLength)).TryWrite(ref cursor);
        return FinishPacket(space, ref builder, cursor, minimum);
    }
}
