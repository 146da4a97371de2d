using System.Net;

namespace Connet.Client;

/// <summary>A known client of the other role, at one instant. Immutable.</summary>
public sealed record ConnetPeerStatus
{
    /// <summary>Its name at the control server.</summary>
    public required string Id { get; init; }

    /// <summary>What it says of itself.</summary>
    public required string Metadata { get; init; }

    /// <summary>The addresses that it announces for direct paths.</summary>
    public required IReadOnlyList<IPEndPoint> DirectAddresses { get; init; }

    /// <summary>How many direct paths there are to it.</summary>
    public required int DirectPaths { get; init; }

    /// <summary>The relays where it can be reached.</summary>
    public required IReadOnlyList<string> RelayIds { get; init; }
}
