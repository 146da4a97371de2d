using System.Net;

namespace Connet.Control;

/// <summary>An authenticated connection of a client.</summary>
/// <param name="Id">The client's peer id.</param>
/// <param name="Metadata">What it says about itself.</param>
/// <param name="BuildVersion">The version that it says it is.</param>
/// <param name="RemoteEndPoint">Its address as the server sees it.</param>
/// <param name="ConnectedAt">When it authenticated.</param>
/// <param name="Endpoints">What it announces.</param>
public sealed record ControlClientStatus(
    string Id, string Metadata, string BuildVersion, IPEndPoint RemoteEndPoint, DateTimeOffset ConnectedAt, IReadOnlyList<ControlEndpointStatus> Endpoints);
