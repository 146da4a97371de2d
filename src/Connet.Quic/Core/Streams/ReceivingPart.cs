using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// The receiving part of a stream (RFC 9000, section 3.2): enforces the stream's limit and final size, holds data until it
/// is read, and accounts for every offset on the connection's window exactly once.
/// </summary>
internal sealed class ReceivingPart(PagePool pool, long initialWindow, long maxWindow)
{
    private readonly Reassembler _data = new(pool);

    /// <summary>The largest offset received, or the final size once it is known.</summary>
    private long _highest;

    /// <summary>How much of <see cref="_highest"/> was reported as consumed on the connection's window.</summary>
    private long _settled;

    private bool _isEndRead;

    /// <summary>The credit given on this stream.</summary>
    public StreamReceiveWindow Window { get; } = new(initialWindow, maxWindow);

    /// <summary>The stream's length, once known from a FIN or a RESET_STREAM (RFC 9000, section 4.5).</summary>
    public long? FinalSize { get; private set; }

    /// <summary>The code of the peer's RESET_STREAM.</summary>
    public long? ResetCode { get; private set; }

    /// <summary>The code with which the application gave up reading.</summary>
    public long? StopCode { get; private set; }

    /// <summary>Whether a STOP_SENDING frame is to be sent.</summary>
    public bool IsStopPending { get; private set; }

    /// <summary>The bytes received and not read.</summary>
    public long Buffered => _data.Buffered;

    public bool IsTerminal => State is ReceivingState.DataRead or ReceivingState.ResetRead;

    /// <summary>Whether a read would give something: bytes, the end, or the news of a reset.</summary>
    public bool IsReadable =>
        StopCode is null && !_isEndRead
        && (ResetCode is not null || _data.ContiguousEnd > _data.ReadOffset || FinalSize == _data.ReadOffset);

    public ReceivingState State
    {
        get
        {
            if (StopCode is not null)
            {
                return FinalSize is null ? ReceivingState.Receive : ReceivingState.ResetRead;
            }

            if (ResetCode is not null)
            {
                return _isEndRead ? ReceivingState.ResetRead : ReceivingState.ResetReceived;
            }

            if (_isEndRead)
            {
                return ReceivingState.DataRead;
            }

            if (FinalSize is null)
            {
                return ReceivingState.Receive;
            }

            return _data.ContiguousEnd == FinalSize ? ReceivingState.DataReceived : ReceivingState.SizeKnown;
        }
    }

    /// <summary>
    /// Takes the contents of a STREAM frame (RFC 9000, section 19.8); <paramref name="becameReadable"/> says whether the
    /// application can now read more than before.
    /// </summary>
    public TransportErrorCode OnData(
        long offset,
        ReadOnlySpan<byte> data,
        bool fin,
        ConnectionReceiveWindow connection,
        out bool becameReadable)
    {
        becameReadable = false;
        long end = offset + data.Length;
        TransportErrorCode error = CheckSize(end, fin, connection);
        if (error != TransportErrorCode.NoError)
        {
            return error;
        }

        if (ResetCode is not null || StopCode is not null)
        {
            Settle(_highest, connection);
            return TransportErrorCode.NoError;
        }

        long readableBefore = _data.ContiguousEnd;
        if (!_data.Insert(offset, data))
        {
            // The peer broke no rule, we just refuse to keep track of so scattered a stream.
            return TransportErrorCode.InternalError;
        }

        becameReadable = IsReadable && (_data.ContiguousEnd > readableBefore || (fin && _data.ContiguousEnd == end));
        return TransportErrorCode.NoError;
    }

    /// <summary>
    /// Takes a RESET_STREAM frame (RFC 9000, section 19.4). <paramref name="isNews"/> says whether the application has to be
    /// told.
    /// </summary>
    public TransportErrorCode OnReset(long code, long finalSize, ConnectionReceiveWindow connection, out bool isNews)
    {
        isNews = false;
        bool hadEverything = State is ReceivingState.DataReceived or ReceivingState.DataRead;
        TransportErrorCode error = CheckSize(finalSize, isFinal: true, connection);
        if (error != TransportErrorCode.NoError)
        {
            return error;
        }

        if (StopCode is not null)
        {
            ResetCode ??= code;
            Settle(_highest, connection);
            return TransportErrorCode.NoError;
        }

        // With all data and the FIN here, the application may as well have them (RFC 9000, section 3.2). Without the FIN
        // even a reset that cuts nothing off counts: the peer did not end the stream, it gave it up.
        if (hadEverything || ResetCode is not null)
        {
            return TransportErrorCode.NoError;
        }

        ResetCode = code;
        isNews = true;
        _data.Discard();
        Settle(_highest, connection);
        return TransportErrorCode.NoError;
    }

    /// <summary>Gives received bytes, the end, or the reset to the application.</summary>
    public ReadResult Read(
        Timestamp now,
        TimeSpan smoothedRtt,
        Span<byte> destination,
        ConnectionReceiveWindow connection,
        GrowthBudget growth,
        out int read)
    {
        read = 0;
        if (StopCode is not null)
        {
            return ReadResult.Closed;
        }

        if (ResetCode is not null)
        {
            _isEndRead = true;
            return ReadResult.Reset;
        }

        read = _data.Read(destination);
        if (read > 0)
        {
            _settled += read;
            Window.OnRead(now, smoothedRtt, read, growth);
            connection.OnRead(now, smoothedRtt, read);
            return ReadResult.Ok;
        }

        if (FinalSize == _data.ReadOffset)
        {
            _isEndRead = true;
            return ReadResult.End;
        }

        return destination.IsEmpty && _data.ContiguousEnd > _data.ReadOffset ? ReadResult.Ok : ReadResult.Blocked;
    }

    /// <summary>
    /// The application gives up reading (RFC 9000, section 3.5). The peer is asked to stop unless its final size is known;
    /// until then the stream stays, because the connection's window has to account for all that is still to come.
    /// </summary>
    public bool TryStop(long code, ConnectionReceiveWindow connection)
    {
        if (StopCode is not null || IsTerminal)
        {
            return false;
        }

        StopCode = code;
        IsStopPending = FinalSize is null;
        Window.Close();
        _data.Discard();
        Settle(_highest, connection);
        return true;
    }

    public void OnStopSent() => IsStopPending = false;

    /// <summary>Repeats a lost STOP_SENDING while the peer may still be sending (RFC 9000, section 13.3).</summary>
    public void OnStopLost() => IsStopPending = FinalSize is null;

    /// <summary>Returns all pages, when the connection ends.</summary>
    public void ReleaseBuffers() => _data.Discard();

    /// <summary>
    /// The rules for sizes: the stream's limit, the final size that never changes (RFC 9000, section 4.5), the connection's
    /// limit.
    /// </summary>
    private TransportErrorCode CheckSize(long end, bool isFinal, ConnectionReceiveWindow connection)
    {
        if (FinalSize is long known && (end > known || (isFinal && end != known)))
        {
            return TransportErrorCode.FinalSizeError;
        }

        if (isFinal && end < _highest)
        {
            return TransportErrorCode.FinalSizeError;
        }

        if (end > Window.Limit || !connection.TryReceive(Math.Max(0, end - _highest)))
        {
            return TransportErrorCode.FlowControlError;
        }

        _highest = Math.Max(_highest, end);
        if (isFinal && FinalSize is null)
        {
            FinalSize = end;
            IsStopPending = false;
            Window.Close();
        }

        return TransportErrorCode.NoError;
    }

    /// <summary>Reports everything up to <paramref name="offset"/> as consumed: it will never be read.</summary>
    private void Settle(long offset, ConnectionReceiveWindow connection)
    {
        connection.OnDiscarded(offset - _settled);
        _settled = offset;
    }
}
