using System.Collections.Concurrent;
using System.Net;
using Connet.Client;
using Connet.Quic;

namespace Connet.Testing.Faults;

/// <summary>
/// Who is behind which port, and what becomes of datagrams between two of them. Everybody has sockets of their own on loopback, so
/// that a port says who it is. Thread safe: it is asked by all sockets at once.
/// </summary>
internal sealed class LinkTable(int seed)
{
    private readonly ConcurrentDictionary<int, ConnetTestParticipant> _ports = new();
    private readonly ConcurrentDictionary<(string From, string To), Link> _links = new();
    private volatile int _allowed = (int)ConnetRoute.Any;

    /// <summary>Which kinds of paths carry anything.</summary>
    public ConnetRoute Allowed
    {
        get => (ConnetRoute)_allowed;
        set => _allowed = (int)value;
    }

    /// <summary>A port belongs to a participant from now on; an earlier owner is gone.</summary>
    public void Register(ConnetTestParticipant participant, IEnumerable<IPEndPoint> endPoints)
    {
        foreach (IPEndPoint endPoint in endPoints)
        {
            _ports[endPoint.Port] = participant;
        }
    }

    /// <summary>Each direction of each pair has random numbers of its own, so that what is lost does not depend on the others.</summary>
    public Link Between(ConnetTestParticipant from, ConnetTestParticipant to) =>
        _links.GetOrAdd((from.Name, to.Name), key => new Link(seed ^ StableHash(key.From) ^ (31 * StableHash(key.To))));

    /// <summary>Forgets every fault.</summary>
    public void Clear()
    {
        _links.Clear();
        Allowed = ConnetRoute.Any;
    }

    /// <summary>The filter of a participant's sockets.</summary>
    public QuicDatagramFate Decide(ConnetTestParticipant from, IPEndPoint remote)
    {
        if (from.IsDead)
        {
            return QuicDatagramFate.Drop;
        }

        if (!_ports.TryGetValue(remote.Port, out ConnetTestParticipant? to))
        {
            return QuicDatagramFate.Send;
        }

        return IsForbidden(from, to) ? QuicDatagramFate.Drop
            : _links.TryGetValue((from.Name, to.Name), out Link? link) ? link.Decide()
            : QuicDatagramFate.Send;
    }

    private bool IsForbidden(ConnetTestParticipant from, ConnetTestParticipant to) => Allowed switch
    {
        ConnetRoute.Direct => (from, to) is (ConnetTestClient, ConnetTestRelay) or (ConnetTestRelay, ConnetTestClient),
        ConnetRoute.Relay => (from, to) is (ConnetTestClient, ConnetTestClient),
        _ => false,
    };

    /// <summary>The hash of strings is another one in each process; a seed must give the same losses again.</summary>
    private static int StableHash(string text)
    {
        int hash = 17;
        foreach (char each in text)
        {
            hash = unchecked((hash * 397) + each);
        }

        return hash;
    }
}
