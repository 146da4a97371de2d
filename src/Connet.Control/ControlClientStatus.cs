using System.Net;

namespace Connet.Control;

/// <summary>An authenticated connection of a client, at one instant. Immutable.</summary>
public sealed record ControlClientStatus
{
    /// <summary>The client's peer id.</summary>
    public required string Id { get; init; }

    /// <summary>What it says about itself.</summary>
    public required string Metadata { get; init; }

    /// <summary>The version that it says it is.</summary>
    public required string BuildVersion { get; init; }

    /// <summary>Its address as the server sees it.</summary>
    public required IPEndPoint RemoteEndPoint { get; init; }

    /// <summary>When it authenticated.</summary>
    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>The smoothed round-trip time to it.</summary>
    public required TimeSpan RoundTripTime { get; init; }

    /// <summary>What it announces.</summary>
    public required IReadOnlyList<ControlEndpointStatus> Endpoints { get; init; }
}
