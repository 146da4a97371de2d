using System.Diagnostics.CodeAnalysis;

using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core.Streams;

/// <summary>The streams of a connection by identifier: opens them in order, finds them, forgets them.</summary>
internal sealed class StreamTable(bool isServer, StreamLimits local, PagePool pool, StreamEvents events)
{
    private readonly Dictionary<long, StreamEntry> _streams = [];

    private readonly StreamQueue _unaccepted = new(StreamQueueKind.Unaccepted);

    private readonly IncomingStreams _incomingBidirectional = new(local.MaxBidirectional);

    private readonly IncomingStreams _incomingUnidirectional = new(local.MaxUnidirectional);

    private readonly OutgoingStreams _outgoingBidirectional = new(local.MaxLocalBidirectional);

    // These carry no receive credit, so the peer's limit is the only one that matters.
    private readonly OutgoingStreams _outgoingUnidirectional = new(long.MaxValue);

    private PeerStreamLimits _peer;

    /// <summary>The streams not forgotten.</summary>
    public int Count => _streams.Count;

    /// <summary>The bytes received and not read on all streams. Walks them: for diagnostics.</summary>
    public long BufferedReceiveBytes
    {
        get
        {
            long sum = 0;
            foreach (StreamEntry entry in _streams.Values)
            {
                sum += entry.Receiving?.Buffered ?? 0;
            }

            return sum;
        }
    }

    /// <summary>
    /// The credit given on all streams and not consumed, which memory has to be there for. Walks the streams: for diagnostics.
    /// </summary>
    public long OutstandingReceiveCredit
    {
        get
        {
            long sum = 0;
            foreach (StreamEntry entry in _streams.Values)
            {
                sum += entry.Receiving is { FinalSize: null, StopCode: null } receiving
                    ? receiving.Window.Limit - receiving.Window.Consumed
                    : 0;
            }

            return sum;
        }
    }

    public IncomingStreams Incoming(bool unidirectional) => unidirectional ? _incomingUnidirectional : _incomingBidirectional;

    public OutgoingStreams Outgoing(bool unidirectional) => unidirectional ? _outgoingUnidirectional : _outgoingBidirectional;

    public void SetPeerLimits(PeerStreamLimits limits) => _peer = limits;

    /// <summary>Opens the next stream of a type, if the peer's limit and our own allow.</summary>
    public bool TryOpen(bool unidirectional, out StreamId id)
    {
        bool opened = Outgoing(unidirectional).TryOpen(out long index);
        id = StreamId.Create(isServer, unidirectional, index);
        if (opened)
        {
            Add(id, isLocal: true);
        }

        return opened;
    }

    /// <summary>Gives the application the next stream the peer opened.</summary>
    public bool TryAccept([NotNullWhen(true)] out StreamEntry? entry)
    {
        if (!_unaccepted.TryDequeue(out entry))
        {
            return false;
        }

        entry.IsAccepted = true;
        events.RaiseClosedIfDone(entry);
        return true;
    }

    public bool TryGet(StreamId id, [NotNullWhen(true)] out StreamEntry? entry) => _streams.TryGetValue(id.Value, out entry);

    /// <summary>Whether there ever was such a stream.</summary>
    public bool WasOpened(StreamId id) =>
        id.Index < (IsLocal(id) ? Outgoing(id.IsUnidirectional).Opened : Incoming(id.IsUnidirectional).Opened);

    /// <summary>
    /// Finds the stream that a frame names, for our receiving part (<paramref name="forReceiving"/>) or our sending part. A
    /// frame for a stream of the peer's that is not open yet opens it and all lower ones of the type (RFC 9000, section
    /// 3.2). No error and no entry: the stream is forgotten and the frame is late.
    /// </summary>
    public TransportErrorCode Find(StreamId id, bool forReceiving, out StreamEntry? entry)
    {
        entry = null;
        bool isLocal = IsLocal(id);
        if (id.IsUnidirectional && isLocal == forReceiving)
        {
            return TransportErrorCode.StreamStateError;
        }

        if (_streams.TryGetValue(id.Value, out entry))
        {
            return TransportErrorCode.NoError;
        }

        if (isLocal)
        {
            return id.Index < Outgoing(id.IsUnidirectional).Opened ? TransportErrorCode.NoError : TransportErrorCode.StreamStateError;
        }

        IncomingStreams incoming = Incoming(id.IsUnidirectional);
        if (id.Index >= incoming.Limit)
        {
            return TransportErrorCode.StreamLimitError;
        }

        while (incoming.Opened <= id.Index)
        {
            entry = Add(StreamId.Create(!isServer, id.IsUnidirectional, incoming.Opened++), isLocal: false);
            _unaccepted.Enqueue(entry);
            events.Raise(StreamEventKind.Opened, entry);
        }

        return TransportErrorCode.NoError;
    }

    /// <summary>Forgets a stream that is through and gives its place to the next.</summary>
    public void Forget(StreamEntry entry, GrowthBudget growth)
    {
        if (!_streams.Remove(entry.Id.Value))
        {
            return;
        }

        entry.Sending?.ReleaseBuffers();
        entry.Receiving?.ReleaseBuffers();
        entry.Receiving?.Window.Release(growth);
        bool unidirectional = entry.Id.IsUnidirectional;
        if (!IsLocal(entry.Id))
        {
            Incoming(unidirectional).OnForgotten();
            return;
        }

        OutgoingStreams outgoing = Outgoing(unidirectional);
        outgoing.OnForgotten();
        RaiseIfAvailable(unidirectional);
    }

    /// <summary>Tells an application that waits for a stream when it can have one.</summary>
    public void RaiseIfAvailable(bool unidirectional)
    {
        if (Outgoing(unidirectional).TakeAvailability())
        {
            events.RaiseStreamsAvailable(unidirectional);
        }
    }

    /// <summary>Forgets everything and returns all pages, when the connection ends; except what the application may still read.</summary>
    public void Clear(bool keepReceived)
    {
        StreamEntry[] all = [.. _streams.Values];
        _streams.Clear();
        _unaccepted.Clear();
        foreach (StreamEntry entry in all)
        {
            entry.Sending?.ReleaseBuffers();
            if (keepReceived && entry is { IsAccepted: true, Receiving.IsReadable: true })
            {
                _streams.Add(entry.Id.Value, new StreamEntry(entry.Id, sending: null, entry.Receiving, isAccepted: true));
            }
            else
            {
                entry.Receiving?.ReleaseBuffers();
            }
        }
    }

    private bool IsLocal(StreamId id) => id.IsServerInitiated == isServer;

    private StreamEntry Add(StreamId id, bool isLocal)
    {
        long sendLimit = id.IsUnidirectional ? _peer.Unidirectional : isLocal ? _peer.BidirectionalRemote : _peer.BidirectionalLocal;
        SendingPart? sending = id.IsUnidirectional && !isLocal ? null : new SendingPart(pool, sendLimit);
        ReceivingPart? receiving = id.IsUnidirectional && isLocal
            ? null
            : new ReceivingPart(pool, local.InitialStreamWindow, local.MaxStreamWindow);
        StreamEntry entry = new(id, sending, receiving, isAccepted: isLocal);
        _streams.Add(id.Value, entry);
        return entry;
    }
}
