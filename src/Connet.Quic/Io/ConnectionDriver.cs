using System.Threading.Channels;
using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>
/// Gives one <see cref="Connection"/> its lock, its deadline and its way to the socket. Whoever changes the connection,
/// the socket thread or a caller, pumps it under the same lock and then, outside the lock, completes what was waiting.
/// </summary>
internal sealed partial class ConnectionDriver
{
    private readonly EndpointDriver _endpoint;
    private readonly Dictionary<long, StreamDriver> _streams = [];
    private readonly Channel<StreamDriver> _inbound = Channel.CreateUnbounded<StreamDriver>();
    private readonly LinkedList<StreamWaiter>[] _streamWaiters = [new(), new()];
    private readonly TaskCompletionSource _handshake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CertificateCheck? _certificateCheck;
    private readonly AsyncSignal _datagramsArrived;
    private long _deadlineTicks = Timestamp.Never.Ticks;
    private long _scheduledTicks = Timestamp.Never.Ticks;

    public ConnectionDriver(EndpointDriver endpoint, Connection core, int handle, CertificateCheck? certificateCheck)
    {
        _endpoint = endpoint;
        Core = core;
        Handle = handle;
        _certificateCheck = certificateCheck;
        _datagramsArrived = new AsyncSignal(Gate, "connection");
    }

    /// <summary>The connection's only lock.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The state; used under <see cref="Gate"/>.</summary>
    public Connection Core { get; }

    public int Handle { get; }

    public EndpointDriver Endpoint => _endpoint;

    /// <summary>For the layer above: its own object for this connection.</summary>
    public object? Owner { get; set; }

    /// <summary>Completes when the handshake is complete; faults never: look at <see cref="CloseReason"/> after it.</summary>
    public Task Handshake => _handshake.Task;

    /// <summary>Completes when the connection has ended.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Completes when nothing is left of the connection, the closing period included.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Why the connection ended; null while it lives.</summary>
    public ConnectionCloseReason? CloseReason
    {
        get
        {
            // Under the lock: who saw that the connection has ended must see why.
            lock (Gate)
            {
                return Core.CloseReason;
            }
        }
    }

    public bool IsClosed => Core.State is ConnectionState.Closing or ConnectionState.Draining or ConnectionState.Drained;

    /// <summary>Waits for an inbound stream to take; false when the connection has ended.</summary>
    public ValueTask<bool> WaitForInboundStreamAsync(CancellationToken cancellationToken) => _inbound.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>When the connection wants to be looked at. Any thread.</summary>
    public Timestamp Deadline => new(Volatile.Read(ref _deadlineTicks));

    /// <summary>The entry in the deadline heap. Written by the socket thread alone, with a full fence: see <see cref="SetDeadline"/>.</summary>
    public Timestamp ScheduledAt
    {
        get => new(Volatile.Read(ref _scheduledTicks));
        set => Interlocked.Exchange(ref _scheduledTicks, value.Ticks);
    }

    /// <summary>The place in the deadline heap, or -1. For the heap alone.</summary>
    public int HeapIndex { get; set; } = -1;

    /// <summary>Marks the driver as part of the batch that the socket thread works on.</summary>
    public bool IsTouched { get; set; }

    public void Close(long errorCode, string reason) => Do(core => core.Close(MonotonicClock.Now, errorCode, reason));

    /// <summary>Changes the connection under its lock and sends what comes of it.</summary>
    public void Do(Action<Connection> action)
    {
        PumpScratch scratch = PumpScratch.Current;
        lock (Gate)
        {
            action(Core);
            PumpLocked(scratch);
        }

        FinishPump(scratch);
    }

    /// <summary>Opens a stream; null where the peer allows none now, others wait for one already, or the connection has ended.</summary>
    public StreamDriver? TryOpenStream(bool unidirectional)
    {
        lock (Gate)
        {
            return TryOpenLocked(unidirectional);
        }
    }

    /// <summary>Opens a stream, waiting for its turn and the peer's leave; null when the connection ends.</summary>
    public async ValueTask<StreamDriver?> OpenStreamAsync(bool unidirectional, CancellationToken cancellationToken)
    {
        LinkedList<StreamWaiter> waiters = _streamWaiters[unidirectional ? 1 : 0];
        LinkedListNode<StreamWaiter> node;
        lock (Gate)
        {
            if (TryOpenLocked(unidirectional) is { } stream)
            {
                return stream;
            }

            if (IsClosed)
            {
                return null;
            }

            node = waiters.AddLast(new StreamWaiter());
        }

        try
        {
            await node.Value.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (Gate)
            {
                if (node.List is not null)
                {
                    waiters.Remove(node);
                    throw;
                }
            }

            // The stream, or the end, came at the same moment: a stream that nobody has would count against the limit for ever.
        }

        return node.Value.Stream;
    }

    /// <summary>Takes the next inbound stream, if there is one. Until it is taken it counts against the peer's limit, even if it has ended.</summary>
    public StreamDriver? TryTakeInboundStream()
    {
        StreamDriver? stream;
        PumpScratch scratch = PumpScratch.Current;
        lock (Gate)
        {
            if (IsClosed || !_inbound.Reader.TryRead(out stream) || !Core.Streams.TryAccept(out _))
            {
                return null;
            }

            PumpLocked(scratch);
        }

        FinishPump(scratch);
        return stream;
    }

    private StreamDriver? TryOpenLocked(bool unidirectional) =>
        !IsClosed && _streamWaiters[unidirectional ? 1 : 0].Count == 0 && Core.Streams.TryOpen(unidirectional, out StreamId id) ? AddLocalStream(id) : null;

    private StreamDriver AddLocalStream(StreamId id)
    {
        StreamDriver stream = new(this, id, isLocal: true);
        _streams.Add(id.Value, stream);
        return stream;
    }

    /// <summary>The time since the last authentic packet of the peer's.</summary>
    public TimeSpan TimeSinceReceived
    {
        get
        {
            lock (Gate)
            {
                return MonotonicClock.Now - Core.LastReceived;
            }
        }
    }

    public ConnectionStatistics GetStatistics()
    {
        lock (Gate)
        {
            return Core.Statistics;
        }
    }

    /// <summary>Runs TLS work on the calling thread, without the lock, and takes its results in.</summary>
    public void RunTlsJob(TlsJob job)
    {
        try
        {
            job.Run();
            PumpScratch scratch = PumpScratch.Current;
            lock (Gate)
            {
                Core.CompleteTlsJob(MonotonicClock.Now, job);
                PumpLocked(scratch);
            }

            FinishPump(scratch);
        }
#pragma warning disable CA1031 // A fault in one handshake must not end the worker that serves them all.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _endpoint.Isolate(this, exception);
        }
    }

    /// <summary>A deadline came up. Called by the socket thread.</summary>
    public void HandleTimeout(Timestamp now)
    {
        PumpScratch scratch = PumpScratch.Current;
        lock (Gate)
        {
            Core.HandleTimeout(now);
            PumpLocked(scratch, now);
            if (Deadline <= now)
            {
                // What is due cannot be done, as while the socket takes nothing: looked at again soon, but not in a loop.
                SetDeadline(now + TimeSpan.FromMilliseconds(1));
            }
        }

        FinishPump(scratch);
    }

    /// <summary>A batch of datagrams was handled: sends what comes of it, one acknowledgement for all. Called by the socket thread.</summary>
    public void PumpAfterReceive(Timestamp now)
    {
        PumpScratch scratch = PumpScratch.Current;
        lock (Gate)
        {
            PumpLocked(scratch, now);
        }

        FinishPump(scratch);
    }

    /// <summary>Frees what the connection holds. Nobody routes to it any more.</summary>
    public void DisposeCore()
    {
        lock (Gate)
        {
            Core.Dispose();
        }
    }

    /// <summary>The endpoint is gone: the connection ends without a further packet.</summary>
    public void Abandon()
    {
        PumpScratch scratch = PumpScratch.Current;
        lock (Gate)
        {
            Core.Dispose();
            OnClosed(scratch);
            SetDeadline(Timestamp.Never);
        }

        FinishPump(scratch);
        _drained.TrySetResult();
    }

    private async Task ValidateCertificateAsync()
    {
        CertificateDecision decision;
        using CancellationTokenSource attempt = new();
        try
        {
            decision = new CertificateDecision(false, Alert: 42, "no certificate is expected here");
            if (_certificateCheck is not null)
            {
                Task<CertificateDecision> check = _certificateCheck(Core.Handshake.PeerChain, attempt.Token).AsTask();
                if (await Task.WhenAny(check, Closed).ConfigureAwait(false) != check)
                {
                    await attempt.CancelAsync().ConfigureAwait(false);
                }

                decision = await check.ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (IsClosed)
        {
            return;
        }
#pragma warning disable CA1031 // A check written by the application may throw anything; the handshake must end either way.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _endpoint.Owner.OnCertificateCheckFailed(this, exception);
            decision = new CertificateDecision(false, Alert: 80, "the certificate could not be checked");
        }

        Do(core => core.CompleteCertificateValidation(decision));
    }
}
