namespace Connet.Control;

/// <summary>An endpoint that a client announces, at one instant. Immutable.</summary>
public sealed record ControlEndpointStatus
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What the client is for it.</summary>
    public required ControlEndpointRole Role { get; init; }

    /// <summary>How many addresses its peers may dial.</summary>
    public required int DirectAddresses { get; init; }

    /// <summary>The ids of the relays where its peers may meet it.</summary>
    public required IReadOnlyList<string> Relays { get; init; }
}
