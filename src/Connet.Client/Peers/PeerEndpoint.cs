using Connet.Client.Control;
using Connet.Client.Relays;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Protocol.Timing;

namespace Connet.Client.Peers;

/// <summary>
/// What a source and a destination have in common: an identity, the peers of the other role with the direct paths to them, and the paths
/// to relays. Every change of any of these raises <see cref="Changed"/>.
/// </summary>
#pragma warning disable CA1001 // StopAsync disposes of what it owns.
internal sealed partial class PeerEndpoint : IControlledEndpoint
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly IInboundHandler _handler;
    private PeerNetwork? _network;
    private volatile ProtocolException? _refusal;
    private Task? _stopped;

    /// <param name="name">The endpoint's name.</param>
    /// <param name="role">What this client is for it.</param>
    /// <param name="route">Which paths it uses.</param>
    /// <param name="encryptions">The names of what it accepts through relays; empty for the client's.</param>
    /// <param name="clientOptions">The settings of the client.</param>
    /// <param name="handler">Answers requests to connect.</param>
    public PeerEndpoint(
        string name, Role role, ConnetRoute route, IList<string> encryptions, ConnetClientOptions clientOptions, IInboundHandler handler)
    {
        Name = name;
        Role = role;
        Route = route;
        ClientOptions = clientOptions;
        Clock = clientOptions.Clock;
        _handler = handler;
        Stopping = _stopping.Token;
        RelayEncryptions = EncryptionNames.Parse(encryptions.Count > 0 ? encryptions : clientOptions.RelayEncryptions);
        Peers = new PeerDirectory(this);
        Credentials = new EndpointCredentials(clientOptions, certificate => Peers.IsExpected(certificate.Span));
        Tasks = new BackgroundTasks(ToString());
        RelayPaths = new RelayDirectory(this);
    }

    /// <inheritdoc/>
    public event Action? AnnouncementChanged;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public Role Role { get; }

    /// <inheritdoc/>
    public ConnetRoute Route { get; }

    /// <inheritdoc/>
    public PeerIdentity Identity => Credentials.Identity;

    /// <inheritdoc/>
    public IReadOnlyList<RelayEncryption> RelayEncryptions { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> RelayIds => RelayPaths.AuthenticatedIds;

    /// <summary>What the endpoint shows of itself.</summary>
    public EndpointCredentials Credentials { get; }

    /// <summary>The settings of the client.</summary>
    public ConnetClientOptions ClientOptions { get; }

    public TimeProvider Clock { get; }

    /// <summary>The started client.</summary>
    public PeerNetwork Network => _network ?? throw new InvalidOperationException($"The {this} has not started.");

    /// <summary>Everything that runs for this endpoint.</summary>
    public BackgroundTasks Tasks { get; }

    public PeerDirectory Peers { get; }

    public RelayDirectory RelayPaths { get; }

    /// <summary>Raised when a peer or a path comes, changes or goes.</summary>
    public ChangeSignal Changed { get; } = new();

    /// <summary>Cancelled when the endpoint stops.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Why the control server does not permit the endpoint.</summary>
    public ProtocolException? Refusal => _refusal;

    /// <inheritdoc/>
    public void SetPeers(IReadOnlyList<RemotePeer> peers, bool isFirst)
    {
        if (!_stopping.IsCancellationRequested)
        {
            _refusal = null;
            Peers.Set(peers, isFirst);
            Changed.Raise();
        }
    }

    /// <inheritdoc/>
    public void SetRelays(IReadOnlyList<Relay> relays, bool isFirst)
    {
        if (Route != ConnetRoute.Direct && !_stopping.IsCancellationRequested)
        {
            RelayPaths.Set(relays);
        }
    }

    /// <inheritdoc/>
    public void SetRefused(ProtocolException refusal)
    {
        _refusal = refusal;
        Changed.Raise();
    }

    /// <summary>The announcement is no longer what it was.</summary>
    public void RaiseAnnouncementChanged() => AnnouncementChanged?.Invoke();

    /// <summary>Peers and paths at this instant.</summary>
    public ConnetEndpointStatus GetStatus() => new()
    {
        Name = Name,
        Role = (ConnetRole)Role,
        Route = Route,
        Peers = Peers.GetStatus(),
        Relays = RelayPaths.GetStatus(),
        Paths = [.. AllPaths().Where(path => path.IsUsable).Select(path => path.GetStatus())],
        Refusal = _refusal?.Message,
    };

    /// <inheritdoc/>
    public override string ToString() => Role == Role.Source ? $"source {Name}" : $"destination {Name}";

    /// <summary>Begins to work on the socket of a started client.</summary>
    public void Start(PeerNetwork network)
    {
        Tasks.Logger = network.Context.Logger;
        lock (_lock)
        {
            if (_network is not null || _stopping.IsCancellationRequested)
            {
                return;
            }

            _network = network;
        }

        network.Add(this);
    }

    /// <summary>Takes no new streams, lets open ones finish up to a deadline, and closes the paths with code 0.</summary>
    public ValueTask StopAsync(TimeSpan deadline)
    {
        lock (_lock)
        {
            return new ValueTask(_stopped ??= StopOnceAsync(deadline));
        }
    }

    private async Task StopOnceAsync(TimeSpan deadline)
    {
        // Leaves the caller's lock.
        await Task.Yield();
        _network?.Remove(this);
        await _stopping.CancelAsync().ConfigureAwait(false);
        Changed.Raise();
        PeerPath[] paths = [.. AllPaths()];
        foreach (PeerPath path in paths)
        {
            path.Drain(ProtocolErrorCode.Unknown, "the endpoint stops", deadline);
        }

        await Task.WhenAll(paths.Select(path => path.Connection.Closed)).ConfigureAwait(false);
        Peers.Dispose();
        RelayPaths.Dispose();
        await Tasks.WhenAllEndedAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }
}
