using System.Net;

namespace Connet.Client;

/// <summary>A client at one instant.</summary>
/// <param name="State">How it stands with its control server.</param>
/// <param name="ServerAddress">The control server, as configured.</param>
/// <param name="ServerEndPoint">The address of the control server that the client is connected to; null unless it is.</param>
/// <param name="RoundTripTime">The smoothed round-trip time to the control server; null unless connected.</param>
/// <param name="LocalEndPoint">What the client's socket is bound to; null before the start.</param>
/// <param name="PublicEndPoint">The client's address as the control server saw it last; null before the first connection.</param>
/// <param name="DirectAddresses">The addresses that are announced to peers.</param>
/// <param name="Metadata">The client's metadata.</param>
/// <param name="BuildVersion">What this build calls itself.</param>
/// <param name="Endpoints">The sources and destinations with their peers and paths.</param>
public sealed record ConnetClientStatus(
    ConnetClientState State,
    string ServerAddress,
    IPEndPoint? ServerEndPoint,
    TimeSpan? RoundTripTime,
    IPEndPoint? LocalEndPoint,
    IPEndPoint? PublicEndPoint,
    IReadOnlyList<IPEndPoint> DirectAddresses,
    string Metadata,
    string BuildVersion,
    IReadOnlyList<ConnetEndpointStatus> Endpoints);
