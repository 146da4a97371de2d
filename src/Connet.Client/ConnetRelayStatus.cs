namespace Connet.Client;

/// <summary>A relay of an endpoint, at one instant. Immutable.</summary>
public sealed record ConnetRelayStatus
{
    /// <summary>Its name at the control server.</summary>
    public required string Id { get; init; }

    /// <summary>Where it is reached, as <c>host:port</c>.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>How the endpoint stands with it.</summary>
    public required ConnetRelayState State { get; init; }
}
