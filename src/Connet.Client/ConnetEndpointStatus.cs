namespace Connet.Client;

/// <summary>A source or destination at one instant.</summary>
/// <param name="Name">The endpoint's name.</param>
/// <param name="Role">What this client is for it.</param>
/// <param name="Peers">The clients of the other role.</param>
/// <param name="Paths">The open paths; through a relay, only as far as it.</param>
/// <param name="Refusal">Why the control server does not permit the endpoint; null if it does.</param>
public sealed record ConnetEndpointStatus(
    string Name, ConnetRole Role, IReadOnlyList<ConnetPeerStatus> Peers, IReadOnlyList<ConnetPathStatus> Paths, string? Refusal);
