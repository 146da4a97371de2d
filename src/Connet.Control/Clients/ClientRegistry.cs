using System.Collections.Concurrent;
using System.Net;

namespace Connet.Control.Clients;

/// <summary>The authenticated connections of clients. Thread safe.</summary>
internal sealed class ClientRegistry
{
    private readonly ConcurrentDictionary<ClientSession, byte> _sessions = new();
    private readonly ConcurrentDictionary<IPEndPoint, ClientSession> _byAddress = new();

    /// <summary>The connections at this instant.</summary>
    public IEnumerable<ClientSession> Sessions => _sessions.Keys;

    /// <summary>Adds a connection.</summary>
    public void Add(ClientSession session)
    {
        _sessions.TryAdd(session, 0);
        ClientSession? before = null;
        _byAddress.AddOrUpdate(session.PublicEndPoint, session, (_, other) =>
        {
            before = other;
            return session;
        });

        // A second connection from one socket address. If another process has that socket now, the older connection answers no more,
        // and what was announced on it goes soon and not with the idle timeout.
        before?.Probe(session.Id);
    }

    /// <summary>Removes a connection.</summary>
    public void Remove(ClientSession session)
    {
        _sessions.TryRemove(session, out _);
        _byAddress.TryRemove(new KeyValuePair<IPEndPoint, ClientSession>(session.PublicEndPoint, session));
    }
}
