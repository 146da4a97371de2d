using System.Net;
using Connet.Client.Direct;
using Connet.Client.Peers;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;

namespace Connet.Client.Relays;

/// <summary>Reads the control server's list of relays. What cannot be used is left out; every part is bounded.</summary>
internal static class RelayListReader
{
    /// <summary>The relays of one endpoint; each is a connection.</summary>
    public const int MaxRelays = 64;

    /// <summary>The addresses of one relay.</summary>
    public const int MaxAddresses = 16;

    /// <summary>Reads a list.</summary>
    /// <param name="relays">As received.</param>
    /// <param name="rejected">Why entries were left out, one short text each.</param>
    public static IReadOnlyList<RelayEntry> Read(IReadOnlyList<Relay> relays, out IReadOnlyList<string> rejected)
    {
        List<string> problems = [];
        Dictionary<string, RelayEntry> entries = new(StringComparer.Ordinal);
        foreach (Relay relay in relays)
        {
            if (entries.Count == MaxRelays)
            {
                problems.Add($"the list has {relays.Count} relays, of which the first {MaxRelays} are used");
                break;
            }

            if (relay.Id.Length is 0 or > PeerListReader.MaxIdLength)
            {
                problems.Add("an entry has no usable id");
            }
            else if (!CertificateInfo.TryRead(relay.ServerCertificate.Span, out CertificateInfo? server) || string.IsNullOrEmpty(server.ServerName))
            {
                problems.Add($"relay {relay.Id} has no usable certificate");
            }
            else if (ReadAddresses(relay) is not { Count: > 0 } addresses)
            {
                problems.Add($"relay {relay.Id} has no usable address");
            }
            else if (!entries.TryAdd(relay.Id, new RelayEntry(relay.Id, server, addresses, relay.Authentication.ToByteArray())))
            {
                problems.Add($"relay {relay.Id} is listed twice");
            }
        }

        rejected = problems;
        return [.. entries.Values];
    }

    private static List<EndPoint> ReadAddresses(Relay relay)
    {
        List<EndPoint> addresses = [];
        foreach (HostPort message in relay.Addresses.Take(MaxAddresses))
        {
            if (AddressMessages.TryRead(message, out EndPoint? address)
                && (address is not IPEndPoint literal || CandidateFilter.IsUnicast(literal.Address))
                && !addresses.Contains(address))
            {
                addresses.Add(address);
            }
        }

        return addresses;
    }
}
