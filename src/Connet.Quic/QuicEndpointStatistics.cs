namespace Connet.Quic;

/// <summary>The state of an endpoint at one instant.</summary>
public sealed record QuicEndpointStatistics
{
    /// <summary>Connections, those that are closing included.</summary>
    public required int Connections { get; init; }

    /// <summary>Connection IDs that are routed to them; none when there is no connection.</summary>
    public required int ConnectionIds { get; init; }

    /// <summary>How the socket is driven: system calls, offloads, buffers.</summary>
    public required string Socket { get; init; }

    /// <summary>Where the packet ciphers come from.</summary>
    public required string Crypto { get; init; }
}
