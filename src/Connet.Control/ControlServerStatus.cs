namespace Connet.Control;

/// <summary>The state of a control server at one instant.</summary>
/// <param name="Id">The server's id.</param>
/// <param name="Clients">The authenticated connections of clients. A client that just reconnects may be there twice.</param>
/// <param name="Relays">The authenticated connections of relays.</param>
/// <param name="ExpiringEndpoints">Announcements whose connection has died and that wait for their client to come back.</param>
public sealed record ControlServerStatus(
    string Id, IReadOnlyList<ControlClientStatus> Clients, IReadOnlyList<ControlRelayStatus> Relays, int ExpiringEndpoints);
