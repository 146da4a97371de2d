using System.Net;
using Connet.Quic;

namespace Connet.Relay;

/// <summary>One socket of a relay.</summary>
public sealed record RelayIngressStatus
{
    /// <summary>The address as it was configured.</summary>
    public required string Address { get; init; }

    /// <summary>Where the socket is bound.</summary>
    public required IPEndPoint LocalEndPoint { get; init; }

    /// <summary>Under which hosts and ports clients are told to reach it.</summary>
    public required IReadOnlyList<string> HostPorts { get; init; }

    /// <summary>How the socket is driven, where the ciphers come from, and how many connections it has.</summary>
    public required QuicEndpointStatistics Transport { get; init; }
}
