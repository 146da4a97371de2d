using System.Net;
using Connet.Client.Diagnostics;
using Connet.Client.Direct;
using Connet.Protocol;
using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>
/// One instance of a peer, known by its certificates, with the direct paths to it: one that this side dials, and one that the peer dials.
/// </summary>
internal sealed class KnownPeer : IDisposable
{
    /// <summary>Incoming connections of one peer that are being checked at once.</summary>
    private const int MaxChecks = 4;

    /// <summary>Replaced incoming connections of one peer whose streams may finish: a connection costs memory, and an honest peer replaces one now and then.</summary>
    private const int MaxReplaced = 4;

    private readonly PeerEndpoint _endpoint;
    private readonly CancellationTokenSource _dropped;
    private readonly CancellationToken _droppedToken;
    private readonly Lock _lock = new();
    private readonly List<PeerPath> _paths = [];
    private readonly List<PeerPath> _replaced = [];
    private PeerEntry _entry;
    private PeerPath? _incoming;
    private bool _isDropped;
    private int _checks;

    /// <param name="endpoint">Whose peer it is.</param>
    /// <param name="entry">What the control server says about it.</param>
    /// <param name="dials">How often it may still be dialled.</param>
    public KnownPeer(PeerEndpoint endpoint, PeerEntry entry, DialBudget dials)
    {
        _endpoint = endpoint;
        _entry = entry;
        Dials = dials;
        _dropped = CancellationTokenSource.CreateLinkedTokenSource(endpoint.Stopping);
        _droppedToken = _dropped.Token;
    }

    /// <summary>What the control server says about the peer now.</summary>
    public PeerEntry Entry => Volatile.Read(ref _entry);

    /// <summary>What load balancing goes by.</summary>
    public PeerLoad Load { get; } = new();

    /// <summary>How often it may still be dialled.</summary>
    public DialBudget Dials { get; }

    /// <summary>Whether a list of the current control session has named the peer.</summary>
    public bool IsListed { get; set; }

    /// <summary>Ends the grace of a peer that is missing.</summary>
    public ITimer? Grace { get; set; }

    /// <summary>Raised when dialling should start over: other addresses, or an incoming connection has ended.</summary>
    public ChangeSignal Wake { get; } = new();

    /// <summary>The direct paths, those that end included.</summary>
    public PeerPath[] Paths
    {
        get
        {
            lock (_lock)
            {
                return [.. _paths];
            }
        }
    }

    /// <summary>Begins to dial.</summary>
    public void Start()
    {
        if (_endpoint.Route != ConnetRoute.Relay)
        {
            _endpoint.Tasks.Run(() => new DirectDialer(_endpoint, this).RunAsync(_droppedToken));
        }
    }

    /// <summary>Takes a new entry for the same certificates.</summary>
    public void Update(PeerEntry entry)
    {
        PeerEntry old = Entry;
        Volatile.Write(ref _entry, entry);
        if (!old.Directs.SequenceEqual(entry.Directs) || !old.RelayIds.SetEquals(entry.RelayIds))
        {
            Wake.Raise();
        }
    }

    /// <summary>Counts an incoming connection that is being checked.</summary>
    /// <returns>False if there are too many, or none is expected any more.</returns>
    public bool TryBeginCheck()
    {
        lock (_lock)
        {
            if (_isDropped || _checks == MaxChecks)
            {
                return false;
            }

            _checks++;
            return true;
        }
    }

    /// <summary>Ends what <see cref="TryBeginCheck"/> began.</summary>
    public void EndCheck()
    {
        lock (_lock)
        {
            _checks--;
        }
    }

    /// <summary>Adds the path of a checked connection that the peer has dialled. An older one goes when its streams have ended, or when there are too many of these.</summary>
    public void AddIncoming(QuicConnection connection)
    {
        PeerPath path = NewPath(connection);
        PeerPath? old;
        PeerPath? oldest = null;
        lock (_lock)
        {
            old = _incoming;
            _incoming = path;
            if (old is { Connection.IsClosed: false })
            {
                _replaced.Add(old);
                oldest = _replaced.Count > MaxReplaced ? _replaced[0] : null;
            }
        }

        Add(path);
        if (old is not null && !old.Connection.IsClosed)
        {
            PeerLog.PathReplaced(_endpoint.Network.Context.Logger, _endpoint.ToString(), Entry.Id, connection.RemoteEndPoint);
            old.Drain(ProtocolErrorCode.DirectKeepaliveClosed, "replaced by a newer connection", PeerTransport.DrainTime);
        }

        oldest?.Close(ProtocolErrorCode.DirectKeepaliveClosed, "too many connections were replaced");
    }

    /// <summary>Adds the path of a checked connection that this side has dialled.</summary>
    public void AddOutgoing(QuicConnection connection) => Add(NewPath(connection));

    /// <summary>Nothing arrived on a path to this peer: its other paths are likely to be silent too.</summary>
    public void MarkUnanswered()
    {
        foreach (PeerPath path in Paths)
        {
            path.MarkUnanswered();
        }
    }

    /// <summary>Ends the peer: no new streams, and its paths close when the open ones have ended, or at once.</summary>
    public void Drop(bool atOnce)
    {
        Dispose();
        foreach (PeerPath path in Paths)
        {
            path.Drain(ProtocolErrorCode.DirectKeepaliveClosed, "the peer is gone", atOnce ? TimeSpan.Zero : PeerTransport.DrainTime);
        }
    }

    /// <summary>
    /// Ends the dialling. Whoever comes first does it: the end of the grace period, a list and the end of the endpoint may meet.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDropped)
            {
                return;
            }

            _isDropped = true;
        }

        Grace?.Dispose();
        _dropped.Cancel();
        _dropped.Dispose();
    }

    private PeerPath NewPath(QuicConnection connection) =>
        new(connection, ConnetPathKind.Direct, Entry.Id, _endpoint.Clock) { Peer = this };

    private void Add(PeerPath path)
    {
        bool isDropped;
        lock (_lock)
        {
            isDropped = _isDropped;
            if (!isDropped)
            {
                _paths.Add(path);
            }
        }

        if (isDropped)
        {
            path.Close(ProtocolErrorCode.DirectKeepaliveClosed, "the peer is gone");
            return;
        }

        if (_endpoint.Stopping.IsCancellationRequested)
        {
            path.Close(ProtocolErrorCode.Unknown, "the endpoint stops");
        }

        IPEndPoint remote = path.Connection.RemoteEndPoint;
        PeerLog.DirectPathOpened(_endpoint.Network.Context.Logger, _endpoint.ToString(), Entry.Id, remote, path.Connection.IsClient ? "dialled" : "accepted");
        _endpoint.Serve(path);
        _endpoint.Tasks.Run(() => WatchAsync(path));
        _endpoint.Changed.Raise();
    }

    private async Task WatchAsync(PeerPath path)
    {
        await path.Connection.Closed.ConfigureAwait(false);
        lock (_lock)
        {
            _paths.Remove(path);
            _replaced.Remove(path);
        }

        PeerLog.DirectPathClosed(_endpoint.Network.Context.Logger, _endpoint.ToString(), Entry.Id, path.Connection.RemoteEndPoint, path.Connection.CloseException().Message);
        _endpoint.Changed.Raise();
        if (!path.Connection.IsClient)
        {
            Wake.Raise();
        }
    }
}
