using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Io;

/// <content>The pump: outputs of the connection are carried to the socket, the endpoint and the waiters.</content>
internal sealed partial class ConnectionDriver
{
    private byte[] _unsent = [];
    private Transmit _unsentTransmit;
    private bool _hasEnded;

    /// <summary>Whether datagrams wait for the socket to become writable.</summary>
    public bool IsSendBlocked { get; private set; }

    /// <summary>Sends everything that may be sent and collects what is to be done outside the lock. Called under <see cref="Gate"/>.</summary>
    public void PumpLocked(PumpScratch scratch) => PumpLocked(scratch, MonotonicClock.Now);

    /// <inheritdoc cref="PumpLocked(PumpScratch)"/>
    public void PumpLocked(PumpScratch scratch, Timestamp now)
    {
        if (Core.TryTakeTlsJob(out TlsJob? job))
        {
            scratch.TlsJob = job;
        }

        // Events come first: a stream that is forgotten with its last event gives the peer a place for a new one, and the
        // frame that says so must leave now, for nothing else may ever wake this connection.
        HandleEvents(scratch);
        while (!IsSendBlocked && Core.PollTransmit(now, scratch.Buffer, _endpoint.MaxSegments, out Transmit transmit))
        {
            Send(transmit, scratch.Buffer.AsSpan(0, transmit.Length), scratch);
        }

        while (Core.PollEndpointEvent(out EndpointEvent endpointEvent))
        {
            scratch.EndpointEvents.Add(endpointEvent);
        }

        HandleEvents(scratch);
        SetDeadline(Core.PollTimeout());
    }

    /// <summary>Does outside the lock what the pump collected.</summary>
    public void FinishPump(PumpScratch scratch)
    {
        if (Deadline < ScheduledAt)
        {
            _endpoint.Reschedule(this);
        }

        if (!scratch.NothingToDo)
        {
            FinishCollected(scratch);
        }
    }

    /// <summary>The socket takes data again: sends what waited. Called by the socket thread.</summary>
    public void Unblock()
    {
        PumpScratch scratch = PumpScratch.Current;
        lock (Gate)
        {
            if (IsSendBlocked)
            {
                IsSendBlocked = false;
                Send(_unsentTransmit, _unsent.AsSpan(0, _unsentTransmit.Length), scratch);
            }

            PumpLocked(scratch);
        }

        FinishPump(scratch);
    }

    private void Send(in Transmit transmit, ReadOnlySpan<byte> data, PumpScratch scratch)
    {
        if (_endpoint.Socket.TrySend(transmit.Remote, data, transmit.SegmentSize, ecn: 0, out int sent) != SendStatus.WouldBlock)
        {
            // What the system refuses is lost, as on the network; loss detection copes with both.
            return;
        }

        ReadOnlySpan<byte> rest = data[sent..];
        if (_unsent.Length < rest.Length)
        {
            _unsent = new byte[PumpScratch.BufferSize];
        }

        rest.CopyTo(_unsent);
        _unsentTransmit = transmit with { Length = rest.Length };
        IsSendBlocked = true;
        scratch.SendBlocked = true;
    }

    private void HandleEvents(PumpScratch scratch)
    {
        while (Core.PollEvent(out ConnectionEvent connectionEvent))
        {
            HandleEvent(connectionEvent, scratch);
        }
    }

    // The fence orders this store before the look at the heap's entry in FinishPump, as the heap's store of its entry is
    // ordered before its look at the deadline: one of the two sees the other's, and no deadline is missed.
    private void SetDeadline(Timestamp deadline) => Interlocked.Exchange(ref _deadlineTicks, deadline.Ticks);

    private void HandleEvent(in ConnectionEvent connectionEvent, PumpScratch scratch)
    {
        switch (connectionEvent.Kind)
        {
            case ConnectionEventKind.PeerCertificateReceived:
                scratch.ValidateCertificate = true;
                break;
            case ConnectionEventKind.HandshakeCompleted:
                scratch.HandshakeCompleted = true;
                break;
            case ConnectionEventKind.PathChanged:
                scratch.PathChanged = true;
                break;
            case ConnectionEventKind.Closed:
                OnClosed(scratch);
                break;
            case ConnectionEventKind.DatagramsArrived:
                EndDatagramWait(scratch);
                break;
            case ConnectionEventKind.Stream:
                HandleStreamEvent(connectionEvent.Stream, scratch);
                break;
        }
    }

    private void HandleStreamEvent(in StreamEvent streamEvent, PumpScratch scratch)
    {
        switch (streamEvent.Kind)
        {
            case StreamEventKind.Opened:
                StreamDriver inbound = new(this, streamEvent.Id, isLocal: false);
                _streams.Add(streamEvent.Id.Value, inbound);
                _inbound.Writer.TryWrite(inbound);
                break;
            case StreamEventKind.StreamsAvailableBidirectional or StreamEventKind.StreamsAvailableUnidirectional:
                OpenForWaiters(streamEvent.Kind == StreamEventKind.StreamsAvailableUnidirectional, scratch);
                break;
            default:
                if (_streams.TryGetValue(streamEvent.Id.Value, out StreamDriver? stream))
                {
                    stream.OnEvent(streamEvent.Kind, scratch);
                    if (streamEvent.Kind == StreamEventKind.Closed)
                    {
                        _streams.Remove(streamEvent.Id.Value);
                    }
                }

                break;
        }
    }

    private void OnClosed(PumpScratch scratch)
    {
        if (_hasEnded)
        {
            return;
        }

        _hasEnded = true;
        scratch.Closed = true;
        EndDatagramWait(scratch);
        foreach (StreamDriver stream in _streams.Values)
        {
            stream.OnConnectionClosed(scratch);
        }

        _streams.Clear();
        foreach (LinkedList<StreamWaiter> waiters in _streamWaiters)
        {
            scratch.Completions.AddRange(waiters);
            waiters.Clear();
        }
    }

    /// <summary>Gives streams to those who wait for one, in their order.</summary>
    private void OpenForWaiters(bool unidirectional, PumpScratch scratch)
    {
        LinkedList<StreamWaiter> waiters = _streamWaiters[unidirectional ? 1 : 0];
        while (waiters.First is { } first && Core.Streams.TryOpen(unidirectional, out StreamId id))
        {
            waiters.Remove(first);
            first.Value.Stream = AddLocalStream(id);
            scratch.Completions.Add(first.Value);
        }
    }

    private void FinishCollected(PumpScratch scratch)
    {
        foreach (AsyncSignal signal in scratch.Signals)
        {
            signal.Complete();
        }

        foreach (TaskCompletionSource completion in scratch.Completions)
        {
            completion.TrySetResult();
        }

        // Copied, since what follows may pump this or another connection with the same scratch.
        EndpointEvent[] endpointEvents = [.. scratch.EndpointEvents];
        bool validate = scratch.ValidateCertificate;
        bool completed = scratch.HandshakeCompleted;
        bool closed = scratch.Closed;
        bool moved = scratch.PathChanged;
        bool blocked = scratch.SendBlocked;
        TlsJob? job = scratch.TlsJob;
        scratch.Reset();
        if (blocked)
        {
            _endpoint.WaitWritable(this);
        }

        foreach (EndpointEvent endpointEvent in endpointEvents)
        {
            _endpoint.HandleEvent(this, endpointEvent);
            if (endpointEvent.Kind == EndpointEventKind.Drained)
            {
                _drained.TrySetResult();
            }
        }

        if (moved)
        {
            _endpoint.OnPathChanged(this);
        }

        if (completed)
        {
            _endpoint.Owner.OnHandshakeCompleted(this);
            _handshake.TrySetResult();
        }

        if (closed)
        {
            _inbound.Writer.TryComplete();
            _handshake.TrySetResult();
            _closed.TrySetResult();
            _endpoint.Owner.OnConnectionClosed(this);
        }

        if (job is not null)
        {
            EndpointDriver.Handshakes.Enqueue(this, job);
        }

        if (validate)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static driver => _ = driver.ValidateCertificateAsync(), this, preferLocal: false);
        }
    }
}
