using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Io;

/// <summary>One stream as the application uses it: operations that either succeed at once or say that the caller must wait.</summary>
internal sealed class StreamDriver(ConnectionDriver connection, StreamId id, bool isLocal)
{
    private readonly AsyncSignal _readable = new(connection.Gate, "stream");
    private readonly AsyncSignal _writable = new(connection.Gate, "stream");

    public StreamId Id => id;

    /// <summary>Whether this end opened the stream.</summary>
    public bool IsLocal => isLocal;

    public ConnectionDriver Connection => connection;

    /// <summary>Completes when the peer's side has ended, was reset or the connection closed.</summary>
    public TaskCompletionSource ReadsClosed { get; } = NewCompletion();

    /// <summary>Completes when everything written, the end included, was acknowledged, or can no longer be.</summary>
    public TaskCompletionSource WritesClosed { get; } = NewCompletion();

    /// <summary>The peer's RESET_STREAM code, once it came.</summary>
    public long? PeerResetCode { get; private set; }

    /// <summary>The peer's STOP_SENDING code, once it came.</summary>
    public long? PeerStopCode { get; private set; }

    /// <summary>Reads what is there. <see cref="ReadResult.Blocked"/>: await <see cref="WaitReadableAsync"/> and try again.</summary>
    public ReadResult Read(Span<byte> destination, out int read)
    {
        ReadResult result;
        PumpScratch scratch = PumpScratch.Current;
        lock (connection.Gate)
        {
            _readable.RequireIdle();
            result = connection.Core.Streams.Read(MonotonicClock.Now, connection.Core.SmoothedRtt, id, destination, out read);
            switch (result)
            {
                case ReadResult.Blocked when connection.IsClosed:
                    ReadsClosed.TrySetResult();
                    return ReadResult.Unknown;
                case ReadResult.Blocked:
                    _readable.Arm();
                    return result;
                case ReadResult.Reset:
                    PeerResetCode ??= connection.Core.Streams.PeerResetCode(id);
                    break;
            }

            // What was read gives the peer new credit, if enough of it has come together.
            connection.PumpLocked(scratch);
        }

        connection.FinishPump(scratch);
        return result;
    }

    public ValueTask WaitReadableAsync(CancellationToken cancellationToken) => _readable.WaitAsync(cancellationToken);

    /// <summary>Takes what flow control and buffers allow. <see cref="WriteResult.Blocked"/>: await <see cref="WaitWritableAsync"/> and go on.</summary>
    public WriteResult Write(ReadOnlySpan<byte> source, bool finish, out int written)
    {
        WriteResult result;
        PumpScratch scratch = PumpScratch.Current;
        lock (connection.Gate)
        {
            _writable.RequireIdle();
            written = 0;
            if (connection.IsClosed)
            {
                return WriteResult.Unknown;
            }

            result = source.IsEmpty && finish ? WriteResult.Ok : connection.Core.Streams.Write(id, source, connection.Core.SendRoom, out written);
            if (result is WriteResult.Ok or WriteResult.Blocked)
            {
                if (written < source.Length)
                {
                    _writable.Arm();
                    result = WriteResult.Blocked;
                }
                else if (finish && !connection.Core.Streams.TryFinish(id))
                {
                    result = WriteResult.Closed;
                }
            }
            else if (result == WriteResult.Stopped)
            {
                PeerStopCode ??= connection.Core.Streams.PeerStopCode(id);
            }

            connection.PumpLocked(scratch);
        }

        connection.FinishPump(scratch);
        return result;
    }

    public ValueTask WaitWritableAsync(CancellationToken cancellationToken) => _writable.WaitAsync(cancellationToken);

    /// <summary>Aborts sides of the stream: the writing side with RESET_STREAM, the reading side with STOP_SENDING; waits on them end.</summary>
    public void Abort(long? resetCode, long? stopCode)
    {
        PumpScratch scratch = PumpScratch.Current;
        lock (connection.Gate)
        {
            if (resetCode is { } reset)
            {
                connection.Core.Streams.Reset(id, reset);
                Take(_writable, scratch);
                scratch.Completions.Add(WritesClosed);
            }

            if (stopCode is { } stop)
            {
                connection.Core.Streams.StopSending(id, stop);
                Take(_readable, scratch);
                scratch.Completions.Add(ReadsClosed);
            }

            connection.PumpLocked(scratch);
        }

        connection.FinishPump(scratch);
    }

    /// <summary>
    /// Lets go of the stream: ends the writing side in order, unless a write is pending or <paramref name="cutShort"/>, so that
    /// what is missing would pass for the end; gives up the reading side.
    /// </summary>
    public void Release(bool finishWrites, bool cutShort, long errorCode)
    {
        PumpScratch scratch = PumpScratch.Current;
        lock (connection.Gate)
        {
            StreamMap streams = connection.Core.Streams;
            if (Take(_writable, scratch) || (finishWrites && cutShort))
            {
                streams.Reset(id, errorCode);
                scratch.Completions.Add(WritesClosed);
            }
            else if (finishWrites)
            {
                streams.TryFinish(id);
            }

            streams.StopSending(id, errorCode);
            Take(_readable, scratch);
            scratch.Completions.Add(ReadsClosed);
            connection.PumpLocked(scratch);
        }

        connection.FinishPump(scratch);
    }

    /// <summary>Takes the waits that an event ends, and completes what it completes. Called under the lock.</summary>
    public void OnEvent(StreamEventKind kind, PumpScratch scratch)
    {
        switch (kind)
        {
            case StreamEventKind.Readable:
                Take(_readable, scratch);
                break;
            case StreamEventKind.Reset:
                PeerResetCode ??= connection.Core.Streams.PeerResetCode(id);
                Take(_readable, scratch);
                scratch.Completions.Add(ReadsClosed);
                break;
            case StreamEventKind.Writable:
                Take(_writable, scratch);
                break;
            case StreamEventKind.Stopped:
                PeerStopCode ??= connection.Core.Streams.PeerStopCode(id);
                Take(_writable, scratch);
                scratch.Completions.Add(WritesClosed);
                break;
            case StreamEventKind.Finished:
                Take(_writable, scratch);
                scratch.Completions.Add(WritesClosed);
                break;
            case StreamEventKind.Closed:
                OnConnectionClosed(scratch);
                break;
        }
    }

    /// <summary>Ends every wait; what had arrived can still be read. Called under the lock.</summary>
    public void OnConnectionClosed(PumpScratch scratch)
    {
        Take(_readable, scratch);
        Take(_writable, scratch);
        scratch.Completions.Add(WritesClosed);
        if (!connection.Core.Streams.IsReadable(id))
        {
            scratch.Completions.Add(ReadsClosed);
        }
    }

    private static bool Take(AsyncSignal signal, PumpScratch scratch)
    {
        bool taken = signal.TryTake();
        if (taken)
        {
            scratch.Signals.Add(signal);
        }

        return taken;
    }

    private static TaskCompletionSource NewCompletion() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
