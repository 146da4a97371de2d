using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;

namespace Connet.Client.Control;

/// <summary>
/// What the control session needs of a source or destination: what to announce for it, and where the server's lists go. The session
/// calls from its own tasks, one call at a time for an endpoint; implementations return at once.
/// </summary>
internal interface IControlledEndpoint
{
    /// <summary>The endpoint's name.</summary>
    string Name { get; }

    /// <summary>What this client is for it.</summary>
    Role Role { get; }

    /// <summary>Decides whether addresses and relays are announced, and whether relays are asked for.</summary>
    ConnetRoute Route { get; }

    /// <summary>Kept for the life of the client.</summary>
    PeerIdentity Identity { get; }

    /// <summary>What is accepted through a relay; announced to peers.</summary>
    IReadOnlyList<RelayEncryption> RelayEncryptions { get; }

    /// <summary>The relays where this endpoint is authenticated right now; announced to peers.</summary>
    IReadOnlyCollection<string> RelayIds { get; }

    /// <summary>Raised when <see cref="RelayIds"/> has changed. Handlers only signal.</summary>
    event Action? AnnouncementChanged;

    /// <summary>Takes the complete list of peers.</summary>
    /// <param name="peers">As received: certificates and addresses are not checked yet.</param>
    /// <param name="isFirst">Whether it is the first list of a new control connection, which may not know everybody again yet.</param>
    void SetPeers(IReadOnlyList<RemotePeer> peers, bool isFirst);

    /// <summary>Takes the complete list of relays.</summary>
    /// <param name="relays">As received.</param>
    /// <param name="isFirst">Whether it is the first list of a new control connection, which may not know every relay again yet.</param>
    void SetRelays(IReadOnlyList<Relay> relays, bool isFirst);

    /// <summary>The server does not permit the endpoint, or cannot read its certificates. It stays known; a later session may permit it.</summary>
    void SetRefused(ProtocolException refusal);
}
