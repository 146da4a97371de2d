using System.Net;
using Connet.Quic;
using Connet.Testing.Faults;

namespace Connet.Testing;

/// <summary>Somebody in a <see cref="ConnetTestNetwork"/>: the control server, a relay, or a client. Thread safe.</summary>
public abstract class ConnetTestParticipant
{
    private readonly LinkTable _links;
    private volatile bool _isDead;

    private protected ConnetTestParticipant(string name, LinkTable links)
    {
        Name = name;
        _links = links;
    }

    /// <summary>Unique in its network.</summary>
    public string Name { get; }

    /// <summary>Whether nothing leaves it any more, as if its process had been killed.</summary>
    internal bool IsDead
    {
        get => _isDead;
        set => _isDead = value;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private protected LinkTable Links => _links;

    /// <summary>Puts the network's filter before the one that the test has set, if it has.</summary>
    private protected Action<QuicEndpointOptions> Filter(Action<QuicEndpointOptions>? configure) => options =>
    {
        configure?.Invoke(options);
        Func<IPEndPoint, QuicDatagramFate>? own = options.OutgoingFilter;
        options.OutgoingFilter = remote =>
        {
            QuicDatagramFate fate = _links.Decide(this, remote);
            return fate == QuicDatagramFate.Send && own is not null ? own(remote) : fate;
        };
    };
}
