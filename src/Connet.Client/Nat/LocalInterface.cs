using System.Net;

namespace Connet.Client.Nat;

/// <summary>A network interface, as far as it matters to who wants to be reached.</summary>
/// <param name="Name">The system's name for it.</param>
/// <param name="IsUp">Whether it carries packets.</param>
/// <param name="HasGateway">Whether a default route leads through it.</param>
/// <param name="Addresses">Its unicast addresses.</param>
internal sealed record LocalInterface(string Name, bool IsUp, bool HasGateway, IReadOnlyList<IPAddress> Addresses);
