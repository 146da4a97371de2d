namespace Connet.Relay;

/// <summary>What a relay is doing at one instant. Immutable.</summary>
public sealed record RelayServerStatus
{
    /// <summary>How the relay stands with its control server.</summary>
    public required RelayControlState ControlState { get; init; }

    /// <summary>What the relay says about itself.</summary>
    public required string Metadata { get; init; }

    /// <summary>What this build calls itself.</summary>
    public required string BuildVersion { get; init; }

    /// <summary>The control server's address as it was configured.</summary>
    public required string ControlAddress { get; init; }

    /// <summary>The control server's id; null before the first connection ever.</summary>
    public string? ControlId { get; init; }

    /// <summary>The name on the relay's certificate, which is a new one with each start.</summary>
    public required string ServerName { get; init; }

    /// <summary>The sockets.</summary>
    public required IReadOnlyList<RelayIngressStatus> Ingresses { get; init; }

    /// <summary>How many connections of clients are admitted.</summary>
    public required int Clients { get; init; }

    /// <summary>How many connections have not proven yet that they may use the relay.</summary>
    public required int UnauthenticatedConnections { get; init; }

    /// <summary>The endpoints that have connections here, by name.</summary>
    public required IReadOnlyList<RelayEndpointStatus> Endpoints { get; init; }

    /// <summary>How many streams are being forwarded.</summary>
    public required int ActiveStreams { get; init; }

    /// <summary>How many streams were joined to a destination since the start.</summary>
    public required long ForwardedStreams { get; init; }

    /// <summary>How many bytes were forwarded since the start, both ways together.</summary>
    public required long ForwardedBytes { get; init; }
}
