using System.Net;
using Connet.Protocol.Common;
using Connet.Protocol.Identities;

namespace Connet.Client.Peers;

/// <summary>A peer as the control server lists it, checked.</summary>
/// <param name="Id">Its name there.</param>
/// <param name="Metadata">What it says of itself.</param>
/// <param name="Server">Its server certificate, which has a DNS name.</param>
/// <param name="Client">Its client certificate.</param>
/// <param name="Directs">Its addresses, normalised but not filtered.</param>
/// <param name="RelayIds">The relays where it is authenticated.</param>
/// <param name="RelayEncryptions">What it accepts through a relay; empty if it said nothing.</param>
internal sealed record PeerEntry(
    string Id,
    string Metadata,
    CertificateInfo Server,
    CertificateInfo Client,
    IReadOnlyList<IPEndPoint> Directs,
    IReadOnlySet<string> RelayIds,
    IReadOnlyCollection<RelayEncryption> RelayEncryptions)
{
    /// <summary>The name of its server certificate.</summary>
    public string ServerName => Server.ServerName!;

    /// <summary>What makes an instance: a restarted client has other certificates.</summary>
    public string InstanceKey => $"{Server.Key}/{Client.Key}";
}
