using Connet.Quic;

namespace Connet.Control.Ingresses;

/// <summary>
/// The connections of an ingress that have not authenticated yet. When there are too many, the one that has waited longest goes:
/// who means to authenticate does so within round trips, and cannot be kept out by others who never do. Thread safe.
/// </summary>
internal sealed class PendingConnections(int limit)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<QuicConnection> _waiting = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Adds a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="evicted">The one to close in its place, which is no longer among the others.</param>
    /// <returns>What <see cref="Remove"/> takes.</returns>
    public LinkedListNode<QuicConnection> Add(QuicConnection connection, out QuicConnection? evicted)
    {
        lock (_gate)
        {
            evicted = null;
            if (_waiting.Count >= limit && _waiting.First is { } oldest)
            {
                evicted = oldest.Value;
                _waiting.Remove(oldest);
            }

            return _waiting.AddLast(connection);
        }
    }

    /// <summary>Removes a connection, if it is still there.</summary>
    public void Remove(LinkedListNode<QuicConnection> node)
    {
        lock (_gate)
        {
            if (node.List is not null)
            {
                _waiting.Remove(node);
            }
        }
    }
}
