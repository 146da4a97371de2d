using Connet.Client.Diagnostics;
using Connet.Client.Peers;
using Connet.Protocol.Control;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Relays;

/// <summary>The relays of an endpoint, and the one connection with each. A relay with another certificate is another instance.</summary>
internal sealed class RelayDirectory(PeerEndpoint endpoint) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RelaySession> _listed = new(StringComparer.Ordinal);

    /// <summary>Those that are missing from the list, or replaced, as long as they have connections.</summary>
    private readonly List<RelaySession> _ending = [];

    private volatile RelaySession[] _snapshot = [];

    /// <summary>What was wrong with the last list; each problem is told once as long as it lasts.</summary>
    private IReadOnlyList<string> _rejected = [];

    private bool _isDisposed;

    /// <summary>The relays where this endpoint is authenticated now.</summary>
    public IReadOnlyCollection<string> AuthenticatedIds =>
        [.. _snapshot.Where(session => session.IsAuthenticated).Select(session => session.Entry.Id).Distinct(StringComparer.Ordinal)];

    /// <summary>The open paths.</summary>
    public IEnumerable<PeerPath> Paths() => _snapshot.SelectMany(session => session.Paths);

    public IReadOnlyList<ConnetRelayStatus> GetStatus() => [.. _snapshot.Select(session => session.GetStatus())];

    /// <summary>Takes the complete list.</summary>
    public void Set(IReadOnlyList<Relay> relays)
    {
        ILogger logger = endpoint.Network.Context.Logger;
        IReadOnlyList<RelayEntry> entries = RelayListReader.Read(relays, out IReadOnlyList<string> rejected);
        foreach (string problem in rejected.Except(_rejected))
        {
            PeerLog.RelayRejected(logger, endpoint.ToString(), problem);
        }

        _rejected = rejected;
        List<RelaySession> added = [];
        List<RelaySession> replaced = [];
        List<RelaySession> missing = [];
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            foreach (RelayEntry entry in entries)
            {
                if (_listed.TryGetValue(entry.Id, out RelaySession? known))
                {
                    if (known.Entry.Server.Key == entry.Server.Key)
                    {
                        known.Update(entry);
                        continue;
                    }

                    _ending.Add(known);
                    replaced.Add(known);
                }

                // One that went missing, and works, comes back.
                RelaySession? lingering = _ending.Find(session => session.Entry.Id == entry.Id && session.Entry.Server.Key == entry.Server.Key && session.TryReturn(entry));
                if (lingering is not null)
                {
                    _ending.Remove(lingering);
                    _listed[entry.Id] = lingering;
                    continue;
                }

                foreach (RelaySession other in _ending.Where(session => session.Entry.Id == entry.Id && session.Entry.Server.Key != entry.Server.Key))
                {
                    replaced.Add(other);
                }

                RelaySession session = new(endpoint, entry);
                _listed[entry.Id] = session;
                added.Add(session);
            }

            HashSet<string> ids = [.. entries.Select(entry => entry.Id)];
            foreach ((string id, RelaySession session) in _listed.Where(pair => !ids.Contains(pair.Key)).ToArray())
            {
                _listed.Remove(id);
                _ending.Add(session);
                missing.Add(session);
            }

            Publish();
        }

        replaced.ForEach(session => session.EndAtOnce());
        missing.ForEach(session => session.EndAfterGrace());
        foreach (RelaySession session in added)
        {
            PeerLog.RelayFound(logger, endpoint.ToString(), session.Entry.Id, session.Entry.Addresses.Count);
            endpoint.Tasks.Run(() => RunAsync(session));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _listed.Clear();
            _ending.Clear();
            Publish();
        }
    }

    private async Task RunAsync(RelaySession session)
    {
        try
        {
            await session.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _ending.Remove(session);
                if (_listed.TryGetValue(session.Entry.Id, out RelaySession? listed) && listed == session)
                {
                    _listed.Remove(session.Entry.Id);
                }

                Publish();
            }

            session.Dispose();
        }
    }

    private void Publish() => _snapshot = [.. _listed.Values, .. _ending];
}
