namespace Connet.Relay;

/// <summary>One endpoint with connections at a relay.</summary>
public sealed record RelayEndpointStatus
{
    /// <summary>The endpoint's name.</summary>
    public required string Name { get; init; }

    /// <summary>How many connections of destinations it has.</summary>
    public required int Destinations { get; init; }

    /// <summary>How many connections of sources it has.</summary>
    public required int Sources { get; init; }
}
