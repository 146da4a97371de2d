using Connet.Relay;

namespace EmbeddedRelay;

/// <summary>What the application shows of its relay.</summary>
/// <param name="Control">How the relay stands with its control server.</param>
/// <param name="Addresses">Under which addresses clients reach it.</param>
/// <param name="Clients">Connections of clients that were admitted.</param>
/// <param name="Streams">Streams that are being forwarded.</param>
/// <param name="Bytes">Bytes that were forwarded since the start.</param>
internal sealed record RelayPage(string Control, IReadOnlyList<string> Addresses, int Clients, int Streams, long Bytes)
{
    /// <summary>The page of a relay at this instant.</summary>
    public static RelayPage Of(RelayServer relay)
    {
        RelayServerStatus status = relay.GetStatus();
        return new RelayPage(
            status.ControlState.ToString(),
            [.. status.Ingresses.SelectMany(ingress => ingress.HostPorts)],
            status.Clients,
            status.ActiveStreams,
            status.ForwardedBytes);
    }
}
