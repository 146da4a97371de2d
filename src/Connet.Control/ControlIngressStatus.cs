using System.Net;
using Connet.Quic;

namespace Connet.Control;

/// <summary>One socket of a control server, at one instant. Immutable.</summary>
public sealed record ControlIngressStatus
{
    /// <summary>The address as it was configured.</summary>
    public required string Address { get; init; }

    /// <summary>Where the socket is bound.</summary>
    public required IPEndPoint LocalEndPoint { get; init; }

    /// <summary>How the socket is driven, where the ciphers come from, and how many connections it has.</summary>
    public required QuicEndpointStatistics Transport { get; init; }
}
