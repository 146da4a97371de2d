using System.Net;
using Connet.Quic;

namespace Connet.Client;

/// <summary>A client at one instant. Immutable.</summary>
public sealed record ConnetClientStatus
{
    /// <summary>How it stands with its control server.</summary>
    public required ConnetClientState State { get; init; }

    /// <summary>The control server, as configured.</summary>
    public required string ServerAddress { get; init; }

    /// <summary>The address of the control server that the client is connected to; null unless it is.</summary>
    public IPEndPoint? ServerEndPoint { get; init; }

    /// <summary>The smoothed round-trip time to the control server; null unless connected.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    /// <summary>What the client's socket is bound to; null before the start.</summary>
    public IPEndPoint? LocalEndPoint { get; init; }

    /// <summary>The client's address as the control server saw it last; null before the first connection.</summary>
    public IPEndPoint? PublicEndPoint { get; init; }

    /// <summary>The addresses that are announced to peers.</summary>
    public required IReadOnlyList<IPEndPoint> DirectAddresses { get; init; }

    /// <summary>Those of <see cref="DirectAddresses"/> that belong to this machine's interfaces.</summary>
    public required IReadOnlyList<IPEndPoint> LocalAddresses { get; init; }

    /// <summary>The client's socket: how it is driven, and where the ciphers come from; null before the start.</summary>
    public QuicEndpointStatistics? Transport { get; init; }

    /// <summary>The client's metadata.</summary>
    public required string Metadata { get; init; }

    /// <summary>What this build calls itself.</summary>
    public required string BuildVersion { get; init; }

    /// <summary>The sources and destinations with their peers and paths.</summary>
    public required IReadOnlyList<ConnetEndpointStatus> Endpoints { get; init; }
}
