using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core;

/// <summary>What an endpoint remembers of one connection.</summary>
internal sealed class HandleEntry(NetworkAddress remote)
{
    /// <summary>Every ID that is routed to the connection.</summary>
    public List<ConnectionId> Ids { get; } = [];

    /// <summary>An incoming connection whose handshake is under way.</summary>
    public bool IsHandshaking { get; set; }

    public NetworkAddress Remote { get; set; } = remote;
}
