using System.Net;

namespace Connet.Control;

/// <summary>An authenticated connection of a relay.</summary>
/// <param name="Id">The relay's id.</param>
/// <param name="Metadata">What it says about itself.</param>
/// <param name="BuildVersion">The version that it says it is.</param>
/// <param name="RemoteEndPoint">Its address as the server sees it.</param>
/// <param name="ConnectedAt">When it authenticated.</param>
/// <param name="Addresses">Where clients reach it, as <c>host:port</c>.</param>
public sealed record ControlRelayStatus(
    string Id, string Metadata, string BuildVersion, IPEndPoint RemoteEndPoint, DateTimeOffset ConnectedAt, IReadOnlyList<string> Addresses);
