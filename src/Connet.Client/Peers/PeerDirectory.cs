using Connet.Client.Diagnostics;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Peers;

/// <summary>
/// The peers of an endpoint. A peer is known by its certificates: a restarted client has others, and then its old paths lead nowhere. The
/// id is only what the control server calls it.
/// </summary>
internal sealed class PeerDirectory(PeerEndpoint endpoint) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, KnownPeer> _known = new(StringComparer.Ordinal);

    /// <summary>Dropped peers whose last streams may still run.</summary>
    private readonly List<KnownPeer> _ending = [];

    // Replaced as a whole at every change, so that handshakes and dials read it without the lock.
    private volatile KnownPeer[] _snapshot = [];

    /// <summary>What was wrong with the last list; each problem is told once as long as it lasts.</summary>
    private IReadOnlyList<string> _rejected = [];

    private bool _isDisposed;
    private int _version;
    private long _listedAt;

    public int Count => _snapshot.Length;

    /// <summary>Whether any peer was known at any time.</summary>
    public bool HadAny { get; private set; }

    /// <summary>Whether the control server has sent a list yet.</summary>
    public bool HasList { get; private set; }

    /// <summary>When the current control session sent its first list, as a timestamp of the endpoint's clock.</summary>
    public long ListedAt => Volatile.Read(ref _listedAt);

    /// <summary>Another number after each list or loss of a peer.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>The peers, at this instant.</summary>
    public IReadOnlyList<KnownPeer> Snapshot => _snapshot;

    /// <summary>Takes the complete list.</summary>
    public void Set(IReadOnlyList<RemotePeer> peers, bool isFirst)
    {
        ILogger logger = endpoint.Network.Context.Logger;
        IReadOnlyList<PeerEntry> entries = PeerListReader.Read(peers, out IReadOnlyList<string> rejected);
        foreach (string problem in rejected.Except(_rejected))
        {
            PeerLog.PeerRejected(logger, endpoint.ToString(), problem);
        }

        _rejected = rejected;
        List<KnownPeer> added = [];
        List<(KnownPeer Peer, bool AtOnce)> dropped = [];
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            if (isFirst)
            {
                foreach (KnownPeer peer in _known.Values)
                {
                    peer.IsListed = false;
                }
            }

            foreach (PeerEntry entry in entries)
            {
                EndOthers(entry, dropped);
                if (_known.TryGetValue(entry.InstanceKey, out KnownPeer? known))
                {
                    known.Update(entry);
                }
                else
                {
                    known = new KnownPeer(endpoint, entry);
                    _known.Add(entry.InstanceKey, known);
                    added.Add(known);
                }

                known.IsListed = true;
                known.Grace?.Dispose();
                known.Grace = null;
            }

            EndMissing(entries, dropped);
            if (isFirst || !HasList)
            {
                Volatile.Write(ref _listedAt, endpoint.Clock.GetTimestamp());
            }

            HasList = true;
            HadAny |= _known.Count > 0;
            _version++;
            _snapshot = [.. _known.Values];
        }

        foreach ((KnownPeer peer, bool atOnce) in dropped)
        {
            PeerLog.PeerGone(logger, endpoint.ToString(), peer.Entry.Id);
            peer.Drop(atOnce);
        }

        foreach (KnownPeer peer in added)
        {
            PeerLog.PeerFound(logger, endpoint.ToString(), peer.Entry.Id, peer.Entry.Directs.Count, peer.Entry.RelayIds.Count);
            peer.Start();
        }
    }

    /// <summary>Whether a peer may dial this endpoint now.</summary>
    public bool IsExpected(ReadOnlySpan<byte> clientCertificate) =>
        endpoint.Route != ConnetRoute.Relay && FindByClientCertificate(clientCertificate) is not null;

    /// <summary>The peer with a client certificate.</summary>
    public KnownPeer? FindByClientCertificate(ReadOnlySpan<byte> certificate)
    {
        foreach (KnownPeer peer in _snapshot)
        {
            if (peer.Entry.Client.Certificate.Span.SequenceEqual(certificate))
            {
                return peer;
            }
        }

        return null;
    }

    /// <summary>The peer whose server certificate has a name.</summary>
    public KnownPeer? FindByServerName(string name) =>
        Array.Find(_snapshot, peer => string.Equals(peer.Entry.ServerName, name, StringComparison.Ordinal));

    /// <summary>The peer with an id.</summary>
    public KnownPeer? FindById(string id) => Array.Find(_snapshot, peer => string.Equals(peer.Entry.Id, id, StringComparison.Ordinal));

    /// <summary>Whether a peer is reached at a relay.</summary>
    public bool AnyAtRelay(string relayId) => Array.Exists(_snapshot, peer => peer.Entry.RelayIds.Contains(relayId));

    /// <summary>
    /// What each peer accepts that may be at the other end of a relay's streams: those announced there, or all where none is yet.
    /// </summary>
    public IReadOnlyList<IReadOnlyCollection<RelayEncryption>> AnnouncedEncryptions(string relayId)
    {
        KnownPeer[] all = _snapshot;
        KnownPeer[] there = Array.FindAll(all, peer => peer.Entry.RelayIds.Contains(relayId));
        return [.. (there.Length > 0 ? there : all).Select(peer => peer.Entry.RelayEncryptions)];
    }

    /// <summary>All direct paths, also those that end.</summary>
    public IEnumerable<PeerPath> Paths()
    {
        KnownPeer[] ending;
        lock (_lock)
        {
            ending = [.. _ending];
        }

        return _snapshot.Concat(ending).SelectMany(peer => peer.Paths);
    }

    public IReadOnlyList<ConnetPeerStatus> GetStatus() =>
    [
        .. _snapshot.Select(peer => new ConnetPeerStatus
        {
            Id = peer.Entry.Id,
            Metadata = peer.Entry.Metadata,
            DirectAddresses = peer.Entry.Directs,
            DirectPaths = peer.Paths.Count(path => path.IsUsable),
            RelayIds = [.. peer.Entry.RelayIds],
        }),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        KnownPeer[] all;
        lock (_lock)
        {
            _isDisposed = true;
            all = [.. _known.Values, .. _ending];
            _known.Clear();
            _ending.Clear();
            _snapshot = [];
        }

        foreach (KnownPeer peer in all)
        {
            peer.Dispose();
        }
    }

    /// <summary>Another instance under the same id is dead: nobody waits for its streams.</summary>
    private void EndOthers(PeerEntry entry, List<(KnownPeer Peer, bool AtOnce)> dropped)
    {
        foreach (KnownPeer other in _known.Values.Concat(_ending).Where(peer => peer.Entry.Id == entry.Id && peer.Entry.InstanceKey != entry.InstanceKey).ToArray())
        {
            _known.Remove(other.Entry.InstanceKey);
            _ending.Remove(other);
            dropped.Add((other, true));
        }
    }

    /// <summary>
    /// A peer that the current control session has named before is gone. One that it has not named yet may come: after its restart the
    /// server learns of the clients one by one.
    /// </summary>
    private void EndMissing(IReadOnlyList<PeerEntry> entries, List<(KnownPeer Peer, bool AtOnce)> dropped)
    {
        HashSet<string> listed = [.. entries.Select(entry => entry.InstanceKey)];
        foreach (KnownPeer missing in _known.Values.Where(peer => !listed.Contains(peer.Entry.InstanceKey)).ToArray())
        {
            TimeSpan grace = endpoint.ClientOptions.PeerGracePeriod;
            if (missing.IsListed || grace <= TimeSpan.Zero)
            {
                MoveToEnding(missing);
                dropped.Add((missing, false));
            }
            else
            {
                missing.Grace ??= endpoint.Clock.CreateTimer(_ => EndGrace(missing), null, grace, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void EndGrace(KnownPeer peer)
    {
        lock (_lock)
        {
            if (_isDisposed || peer.Grace is null || !_known.ContainsValue(peer))
            {
                return;
            }

            MoveToEnding(peer);
            _version++;
            _snapshot = [.. _known.Values];
        }

        PeerLog.PeerGone(endpoint.Network.Context.Logger, endpoint.ToString(), peer.Entry.Id);
        peer.Drop(atOnce: false);
        endpoint.Changed.Raise();
    }

    private void MoveToEnding(KnownPeer peer)
    {
        _known.Remove(peer.Entry.InstanceKey);
        _ending.RemoveAll(other => other.Paths.Length == 0);
        _ending.Add(peer);
    }
}
