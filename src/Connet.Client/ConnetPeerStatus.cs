namespace Connet.Client;

/// <summary>A known client of the other role, at one instant.</summary>
/// <param name="Id">Its name at the control server.</param>
/// <param name="Metadata">What it says of itself.</param>
/// <param name="DirectPaths">How many direct paths there are to it.</param>
/// <param name="RelayIds">The relays where it can be reached.</param>
public sealed record ConnetPeerStatus(string Id, string Metadata, int DirectPaths, IReadOnlyList<string> RelayIds);
