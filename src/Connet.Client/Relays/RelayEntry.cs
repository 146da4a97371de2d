using System.Net;
using Connet.Protocol.Identities;

namespace Connet.Client.Relays;

/// <summary>A relay as the control server lists it, checked.</summary>
/// <param name="Id">Its name there.</param>
/// <param name="Server">Its certificate, which has a DNS name.</param>
/// <param name="Addresses">Where it is reached; names are not looked up.</param>
/// <param name="Authentication">Proves to it that this client may use it.</param>
internal sealed record RelayEntry(string Id, CertificateInfo Server, IReadOnlyList<EndPoint> Addresses, ReadOnlyMemory<byte> Authentication)
{
    /// <summary>The name of its certificate.</summary>
    public string ServerName => Server.ServerName!;
}
