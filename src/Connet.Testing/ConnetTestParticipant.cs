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

    /// <summary>Starts it, if it is stopped: at the address that it had before.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes when it is at work.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">It cannot start.</exception>
    public abstract ValueTask StartAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops it in order: it tells the others. Does nothing if it is stopped.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>A task that completes when its sockets are closed.</returns>
    public abstract ValueTask StopAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends it as a killed process ends: without a word to anybody. Does nothing if it is stopped.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>A task that completes when its sockets are closed.</returns>
    public abstract ValueTask KillAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends it and starts it again at the same address, with the state that survives a restart.</summary>
    /// <param name="isKilled">Whether it ends without a word to anybody, as a killed process does.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes when it is at work again.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">It cannot start.</exception>
    public async ValueTask RestartAsync(bool isKilled = false, CancellationToken cancellationToken = default)
    {
        if (isKilled)
        {
            await KillAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await StopAsync(cancellationToken).ConfigureAwait(false);
        }

        await StartAsync(cancellationToken).ConfigureAwait(false);
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
