using System.Net;

namespace Connet.Client;

/// <summary>An open path, at one instant.</summary>
/// <param name="Kind">Direct, or through a relay.</param>
/// <param name="RemoteEndPoint">The address of the peer or the relay.</param>
/// <param name="Id">The peer, or the relay, as the control server names it.</param>
/// <param name="RoundTripTime">The smoothed round-trip time to there.</param>
/// <param name="OpenConnections">How many connections go over it.</param>
/// <param name="IsEncrypted">
/// Whether bytes are readable to nobody but the two clients: always true on a direct path; through a relay as for its latest connection,
/// null before the first.
/// </param>
public sealed record ConnetPathStatus(
    ConnetPathKind Kind, IPEndPoint RemoteEndPoint, string Id, TimeSpan RoundTripTime, int OpenConnections, bool? IsEncrypted);
