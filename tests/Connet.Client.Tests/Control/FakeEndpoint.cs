using System.Threading.Channels;
using Connet.Client.Control;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;

namespace Connet.Client.Tests.Control;

/// <summary>An endpoint that keeps what the control session tells it.</summary>
internal sealed class FakeEndpoint : IControlledEndpoint
{
    private readonly Channel<(IReadOnlyList<RemotePeer> Peers, bool IsFirst)> _peers = Channel.CreateUnbounded<(IReadOnlyList<RemotePeer>, bool)>();
    private readonly Channel<(IReadOnlyList<Relay> Relays, bool IsFirst)> _relays = Channel.CreateUnbounded<(IReadOnlyList<Relay>, bool)>();
    private readonly Channel<ProtocolException> _refusals = Channel.CreateUnbounded<ProtocolException>();
    private string[] _relayIds = [];

    public event Action? AnnouncementChanged;

    public string Name { get; init; } = "web";

    public Role Role { get; init; } = Role.Source;

    public ConnetRoute Route { get; init; }

    public PeerIdentity Identity { get; } = HandIdentity.Peer();

    public IReadOnlyList<RelayEncryption> RelayEncryptions { get; init; } = [RelayEncryption.Dhxcp, RelayEncryption.None];

    public IReadOnlyCollection<string> RelayIds => _relayIds;

    /// <summary>Thrown instead of taking the next list.</summary>
    public Exception? Fault { get; set; }

    public void SetRelayIds(params string[] ids)
    {
        _relayIds = ids;
        AnnouncementChanged?.Invoke();
    }

    public void SetPeers(IReadOnlyList<RemotePeer> peers, bool isFirst)
    {
        if (Fault is { } fault)
        {
            Fault = null;
            throw fault;
        }

        _peers.Writer.TryWrite((peers, isFirst));
    }

    public void SetRelays(IReadOnlyList<Relay> relays, bool isFirst) => _relays.Writer.TryWrite((relays, isFirst));

    public void SetRefused(ProtocolException refusal) => _refusals.Writer.TryWrite(refusal);

    public Task<(IReadOnlyList<RemotePeer> Peers, bool IsFirst)> NextPeersAsync() => NextAsync(_peers);

    public Task<(IReadOnlyList<Relay> Relays, bool IsFirst)> NextRelaysAsync() => NextAsync(_relays);

    public Task<ProtocolException> NextRefusalAsync() => NextAsync(_refusals);

    private static async Task<T> NextAsync<T>(Channel<T> channel)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        return await channel.Reader.ReadAsync(patience.Token);
    }
}
