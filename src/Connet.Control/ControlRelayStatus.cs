using System.Net;

namespace Connet.Control;

/// <summary>An authenticated connection of a relay, at one instant. Immutable.</summary>
public sealed record ControlRelayStatus
{
    /// <summary>The relay's id.</summary>
    public required string Id { get; init; }

    /// <summary>What it says about itself.</summary>
    public required string Metadata { get; init; }

    /// <summary>The version that it says it is.</summary>
    public required string BuildVersion { get; init; }

    /// <summary>Its address as the server sees it.</summary>
    public required IPEndPoint RemoteEndPoint { get; init; }

    /// <summary>When it authenticated.</summary>
    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>Where clients reach it, as <c>host:port</c>.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }
}
