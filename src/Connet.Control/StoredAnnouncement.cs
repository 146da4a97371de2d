namespace Connet.Control;

/// <summary>
/// What a client announces, as a store keeps it, so that its peers are still told of it after a restart of the server. There is one for
/// each client, endpoint and role. Immutable.
/// </summary>
public sealed record StoredAnnouncement
{
    /// <summary>The client's peer id.</summary>
    public required string ClientId { get; init; }

    /// <summary>The endpoint's name.</summary>
    public required string Endpoint { get; init; }

    /// <summary>What the client is for the endpoint.</summary>
    public required ControlEndpointRole Role { get; init; }

    /// <summary>What peers are told: an encoded message of the protocol, with the client's metadata in it. A store does not look inside.</summary>
    public required ReadOnlyMemory<byte> Peer { get; init; }

    /// <summary>Tells whether the token that permitted the announcement still does. Not the token, nor enough of its hash to find it by.</summary>
    public required string TokenTag { get; init; }

    /// <summary>When the client first announced it, by the wall clock.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the client's connection was lost, by the wall clock.</summary>
    /// <value>Null while it lives.</value>
    public DateTimeOffset? LostAt { get; init; }

    /// <summary>Names the client and the endpoint.</summary>
    public override string ToString() => $"'{Endpoint}' as {Role} by {ClientId}";
}
