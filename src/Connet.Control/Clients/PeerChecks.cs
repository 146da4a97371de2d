using System.Net;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Protocol.Restrictions;

namespace Connet.Control.Clients;

/// <summary>The checks of what clients send, in the order of the protocol: name, role, form, certificates.</summary>
internal sealed class PeerChecks(TokenRestriction restriction, ControlServerLimits limits)
{
    /// <summary>The longest id of a relay: other programs may use names of another form than ours.</summary>
    private const int MaxRelayIdLength = 256;

    /// <summary>Checks the endpoint of a stream.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="role">The client's role for it.</param>
    /// <param name="malformed">The code for what is not well-formed.</param>
    /// <exception cref="ProtocolException">It is refused.</exception>
    public EndpointKey CheckEndpoint(Endpoint? endpoint, Role role, ProtocolErrorCode malformed)
    {
        string name = endpoint?.Name ?? string.Empty;
        if (FindRefusal(name, role) is { } refusal)
        {
            throw refusal;
        }

        return name.Length > 0 && name.Length <= limits.MaxNameLength
            ? new EndpointKey(name, role)
            : throw new ProtocolException(malformed, $"The endpoint's name has {name.Length} characters: 1 to {limits.MaxNameLength} are permitted.");
    }

    /// <summary>Checks an endpoint against the token: its name first, then the role.</summary>
    /// <returns>Why it is refused, null if it is permitted.</returns>
    public ProtocolException? FindRefusal(string name, Role role) => restriction.CheckEndpoint(name, role) switch
    {
        ProtocolErrorCode.EndpointNotAllowed => new(ProtocolErrorCode.EndpointNotAllowed, "The token does not permit an endpoint of this name."),
        ProtocolErrorCode.RoleNotAllowed => new(ProtocolErrorCode.RoleNotAllowed, "The token does not permit this role for the endpoint."),
        _ => null,
    };

    /// <summary>Checks what a client announces, and writes its addresses in their one form.</summary>
    /// <returns>A text that stands for its certificates.</returns>
    /// <exception cref="ProtocolException">It is refused.</exception>
    public string CheckPeer(Peer? peer)
    {
        if (peer is null)
        {
            throw Malformed("The announcement says nothing about the peer.");
        }

        if (peer.Directs.Count > limits.MaxPeerAddresses)
        {
            throw Malformed($"The announcement has {peer.Directs.Count} direct addresses: {limits.MaxPeerAddresses} are permitted.");
        }

        if (peer.RelayIds.Count > limits.MaxPeerRelays || peer.RelayIds.Any(id => id.Length is 0 or > MaxRelayIdLength))
        {
            throw Malformed($"The announcement names {peer.RelayIds.Count} relays: {limits.MaxPeerRelays} are permitted, with ids of 1 to {MaxRelayIdLength} characters.");
        }

        for (int i = 0; i < peer.Directs.Count; i++)
        {
            if (!AddressMessages.TryRead(peer.Directs[i], out IPEndPoint? address))
            {
                throw Malformed($"Direct address number {i + 1} of the announcement is none.");
            }

            if (IsMapped(peer.Directs[i].Addr.V6.Span))
            {
                peer.Directs[i].Addr = AddressMessages.ToAddr(address.Address);
            }
        }

        if (!CertificateInfo.TryRead(peer.ClientCertificate.Span, out CertificateInfo? client))
        {
            throw new ProtocolException(ProtocolErrorCode.AnnounceInvalidClientCertificate, "The client certificate of the announcement cannot be read.");
        }

        if (!CertificateInfo.TryRead(peer.ServerCertificate.Span, out CertificateInfo? server))
        {
            throw new ProtocolException(ProtocolErrorCode.AnnounceInvalidServerCertificate, "The server certificate of the announcement cannot be read.");
        }

        return CertificatesOf(server, client);
    }

    /// <summary>A text that stands for both certificates.</summary>
    public static string CertificatesOf(CertificateInfo server, CertificateInfo client) => $"{server.Key} {client.Key}";

    private static bool IsMapped(ReadOnlySpan<byte> address) => address.Length == 16 && new IPAddress(address).IsIPv4MappedToIPv6;

    private static ProtocolException Malformed(string message) => new(ProtocolErrorCode.AnnounceValidationFailed, message);
}
