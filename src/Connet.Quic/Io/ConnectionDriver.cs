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
    private readonly Queue<TaskCompletionSource>[] _creditWaiters = [new(), new()];
    private readonly TaskCompletionSource _handshake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CertificateCheck? _certificateCheck;
    private long _deadlineTicks = Timestamp.Never.Ticks;
    private long _scheduledTicks = Timestamp.Never.Ticks;

    public ConnectionDriver(EndpointDriver endpoint, Connection core, int handle, CertificateCheck? certificateCheck)
    {
        _endpoint = endpoint;
        Core = core;
        Handle = handle;
        _certificateCheck = certificateCheck;
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
    public ConnectionCloseReason? CloseReason => Core.CloseReason;

    public bool IsClosed => Core.State is ConnectionState.Closing or ConnectionState.Draining or ConnectionState.Drained;

    /// <summary>Waits for an inbound stream to take; false when the connection has ended.</summary>
    public ValueTask<bool> WaitForInboundStreamAsync(CancellationToken cancellationToken) => _inbound.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>When the connection wants to be looked at. Any thread.</summary>
    public Timestamp Deadline => new(Volatile.Read(ref _deadlineTicks));

    /// <summary>The entry in the deadline heap. Written by the socket thread alone.</summary>
    public Timestamp ScheduledAt
    {
        get => new(Volatile.Read(ref _scheduledTicks));
        set => Volatile.Write(ref _scheduledTicks, value.Ticks);
    }

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

    /// <summary>Opens a stream, or returns null and a task to wait for more stream credit.</summary>
    public StreamDriver? TryOpenStream(bool unidirectional, out Task? credit)
    {
        credit = null;
        lock (Gate)
        {
            if (IsClosed)
            {
                return null;
            }

            if (Core.Streams.TryOpen(unidirectional, out StreamId id))
            {
                StreamDriver stream = new(this, id, isLocal: true);
                _streams.Add(id.Value, stream);
                return stream;
            }

            TaskCompletionSource waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _creditWaiters[unidirectional ? 1 : 0].Enqueue(waiter);
            credit = waiter.Task;
            return null;
        }
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
        job.Run();
        PumpScratch scratch = PumpScratch.Current;
        lock (Gate)
        {
            Core.CompleteTlsJob(MonotonicClock.Now, job);
            PumpLocked(scratch);
        }

        FinishPump(scratch);
    }

    /// <summary>A deadline came up. Called by the socket thread.</summary>
    public void HandleTimeout(Timestamp now)
    {
        PumpScratch scratch = PumpScratch.Current;
        lock (Gate)
        {
            Core.HandleTimeout(now);
            PumpLocked(scratch, now);
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
        DisposeCore();
        _drained.TrySetResult();
    }

    private async Task ValidateCertificateAsync()
    {
        CertificateDecision decision;
        try
        {
            decision = _certificateCheck is null
                ? new CertificateDecision(false, Alert: 42, "no certificate is expected here")
                : await _certificateCheck(Core.Handshake.PeerChain, _endpoint.Stopping).ConfigureAwait(false);
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
