namespace Connet.Control;

/// <summary>The state of a control server at one instant. Immutable.</summary>
public sealed record ControlServerStatus
{
    /// <summary>Whether it runs; false from the beginning of its end on.</summary>
    public required bool IsRunning { get; init; }

    /// <summary>The server's id.</summary>
    public required string Id { get; init; }

    /// <summary>What this build calls itself.</summary>
    public required string BuildVersion { get; init; }

    /// <summary>The sockets for clients.</summary>
    public required IReadOnlyList<ControlIngressStatus> ClientIngresses { get; init; }

    /// <summary>The sockets for relays.</summary>
    public required IReadOnlyList<ControlIngressStatus> RelayIngresses { get; init; }

    /// <summary>The authenticated connections of clients. A client that just reconnects may be there twice.</summary>
    public required IReadOnlyList<ControlClientStatus> Clients { get; init; }

    /// <summary>The authenticated connections of relays.</summary>
    public required IReadOnlyList<ControlRelayStatus> Relays { get; init; }

    /// <summary>Announcements whose connection has died and that wait for their client to come back.</summary>
    public required int ExpiringEndpoints { get; init; }
}
