using Connet.Client.Control;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;

namespace Connet.Client.Peers;

internal sealed class PeerEndpoint : IControlledEndpoint
{
    private PeerEndpoint(string name, Role role, ConnetRoute route, ConnetClientOptions clientOptions)
    {
        Name = name;
        Role = role;
        Route = route;
        ShutdownTimeout = clientOptions.ShutdownTimeout;
        Identity = new IdentityFactory(clientOptions.Clock).CreatePeer();
    }

    public string Name { get; }

    public Role Role { get; }

    public ConnetRoute Route { get; }

    public PeerIdentity Identity { get; }

    public IReadOnlyList<RelayEncryption> RelayEncryptions => [];

    public IReadOnlyCollection<string> RelayIds => [];

    public TimeSpan ShutdownTimeout { get; }

    public event Action? AnnouncementChanged;

    public static PeerEndpoint ForSource(ConnetSourceOptions options, ConnetClientOptions clientOptions) =>
        new(options.Name, Role.Source, options.Route, clientOptions);

    public static PeerEndpoint ForDestination(ConnetDestinationOptions options, ConnetClientOptions clientOptions, RequestQueue requests) =>
        new(options.Name, Role.Destination, options.Route, clientOptions);

    public void SetPeers(IReadOnlyList<RemotePeer> peers, bool isFirst) => AnnouncementChanged?.Invoke();

    public void SetRelays(IReadOnlyList<Relay> relays, bool isFirst)
    {
    }

    public void SetRefused(ProtocolException refusal)
    {
    }

    public ConnetEndpointStatus GetStatus() => new(Name, (ConnetRole)Role, [], [], null);

    public ValueTask WaitForPathAsync(ConnetPathKind? kind, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Start(PeerNetwork network)
    {
    }

    public ValueTask StopAsync(TimeSpan deadline) => ValueTask.CompletedTask;
}
