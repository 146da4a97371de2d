namespace Connet.Client;

/// <summary>A source or destination at one instant. Immutable.</summary>
public sealed record ConnetEndpointStatus
{
    /// <summary>The endpoint's name.</summary>
    public required string Name { get; init; }

    /// <summary>What this client is for it.</summary>
    public required ConnetRole Role { get; init; }

    /// <summary>Which paths it uses.</summary>
    public required ConnetRoute Route { get; init; }

    /// <summary>The clients of the other role.</summary>
    public required IReadOnlyList<ConnetPeerStatus> Peers { get; init; }

    /// <summary>The relays where it meets them.</summary>
    public required IReadOnlyList<ConnetRelayStatus> Relays { get; init; }

    /// <summary>The open paths; through a relay, only as far as it.</summary>
    public required IReadOnlyList<ConnetPathStatus> Paths { get; init; }

    /// <summary>Why the control server does not permit the endpoint; null if it does.</summary>
    public string? Refusal { get; init; }
}
