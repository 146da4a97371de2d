using Connet.Client.Diagnostics;
using Connet.Protocol.Control;
using Google.Protobuf.Collections;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Control;

/// <summary>
/// How much of the control server's lists is taken: far more than any use of it needs, and so little that a server out of its mind does not
/// take the memory of its clients.
/// </summary>
internal static class ListLimits
{
    /// <summary>Peers of one endpoint. With two certificates each, a list as long as this nearly fills a message.</summary>
    public const int MaxPeers = 16 * 1024;

    /// <summary>Relays of one endpoint.</summary>
    public const int MaxRelays = 256;

    /// <summary>Addresses of one peer or relay, and relays of one peer.</summary>
    public const int MaxAddresses = 64;

    /// <summary>The characters of an id.</summary>
    private const int MaxIdLength = 1024;

    /// <summary>The characters of what an operator wrote.</summary>
    private const int MaxMetadataLength = 1024;

    /// <summary>The peers of a list, without those that have no name, and with no more addresses than are taken.</summary>
    public static IReadOnlyList<RemotePeer> Take(Response.Types.Announce list, string endpoint, ILogger logger)
    {
        Cut(list.Peers, MaxPeers, "peers", endpoint, logger);
        List<RemotePeer> peers = new(list.Peers.Count);
        foreach (RemotePeer peer in list.Peers)
        {
            if (!IsId(peer.Id) || peer.Peer is null)
            {
                continue;
            }

            peer.Metadata = CutText(peer.Metadata);
            Cut(peer.Peer.Directs, MaxAddresses, "addresses", endpoint, logger);
            Cut(peer.Peer.RelayIds, MaxAddresses, "relays of a peer", endpoint, logger);
            Cut(peer.Peer.RelayEncryptions, MaxAddresses, "encryptions", endpoint, logger);
            peers.Add(peer);
        }

        return peers;
    }

    /// <summary>The relays of a list, without those that have no name, and with no more addresses than are taken.</summary>
    public static IReadOnlyList<Relay> Take(Response.Types.RelayList list, string endpoint, ILogger logger)
    {
        Cut(list.Relays, MaxRelays, "relays", endpoint, logger);
        List<Relay> relays = new(list.Relays.Count);
        foreach (Relay relay in list.Relays.Where(relay => IsId(relay.Id)))
        {
            relay.Metadata = CutText(relay.Metadata);
            Cut(relay.Addresses, MaxAddresses, "addresses", endpoint, logger);
            relays.Add(relay);
        }

        return relays;
    }

    private static bool IsId(string id) => id.Length is > 0 and <= MaxIdLength;

    private static string CutText(string text) => text.Length <= MaxMetadataLength ? text : text[..MaxMetadataLength];

    private static void Cut<T>(RepeatedField<T> list, int limit, string kind, string endpoint, ILogger logger)
    {
        if (list.Count <= limit)
        {
            return;
        }

        ControlLog.ListCut(logger, kind, endpoint, list.Count, limit);
        while (list.Count > limit)
        {
            list.RemoveAt(list.Count - 1);
        }
    }
}
