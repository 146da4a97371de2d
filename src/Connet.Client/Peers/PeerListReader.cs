using System.Net;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;

namespace Connet.Client.Peers;

/// <summary>Reads the control server's list of peers. What cannot be used is left out; every part is bounded.</summary>
internal static class PeerListReader
{
    /// <summary>The peers of one endpoint; each costs dials.</summary>
    public const int MaxPeers = 4096;

    /// <summary>Addresses that are looked at; the dialler uses far fewer.</summary>
    public const int MaxDirects = 64;

    /// <summary>Relays of one peer.</summary>
    public const int MaxRelays = 64;

    /// <summary>The longest name of a peer or relay.</summary>
    public const int MaxIdLength = 1024;

    /// <summary>The longest metadata.</summary>
    public const int MaxMetadataLength = 1024;

    private const int MaxEncryptions = 16;

    /// <summary>Reads a list.</summary>
    /// <param name="peers">As received.</param>
    /// <param name="rejected">Why entries were left out, one short text each.</param>
    public static IReadOnlyList<PeerEntry> Read(IReadOnlyList<RemotePeer> peers, out IReadOnlyList<string> rejected)
    {
        List<string> problems = [];
        List<PeerEntry> entries = [];
        HashSet<string> ids = [];
        HashSet<string> instances = [];
        foreach (RemotePeer peer in peers)
        {
            if (entries.Count == MaxPeers)
            {
                problems.Add($"the list has {peers.Count} peers, of which the first {MaxPeers} are used");
                break;
            }

            if (TryRead(peer, out string problem) is not { } entry)
            {
                problems.Add(problem);
            }
            else if (!ids.Add(entry.Id))
            {
                problems.Add($"peer {entry.Id} is listed twice");
            }
            else if (!instances.Add(entry.InstanceKey))
            {
                problems.Add($"peer {entry.Id} has the certificates of another one");
            }
            else
            {
                entries.Add(entry);
            }
        }

        rejected = problems;
        return entries;
    }

    private static PeerEntry? TryRead(RemotePeer message, out string problem)
    {
        Peer? peer = message.Peer;
        if (message.Id.Length is 0 or > MaxIdLength || peer is null)
        {
            problem = "an entry has no usable id";
            return null;
        }

        if (!CertificateInfo.TryRead(peer.ServerCertificate.Span, out CertificateInfo? server) || string.IsNullOrEmpty(server.ServerName))
        {
            problem = $"peer {message.Id} has no usable server certificate";
            return null;
        }

        if (!CertificateInfo.TryRead(peer.ClientCertificate.Span, out CertificateInfo? client))
        {
            problem = $"peer {message.Id} has no usable client certificate";
            return null;
        }

        problem = string.Empty;
        string metadata = message.Metadata.Length > MaxMetadataLength ? message.Metadata[..MaxMetadataLength] : message.Metadata;
        RelayEncryption[] encryptions = [.. peer.RelayEncryptions.Take(MaxEncryptions).Distinct()];
        HashSet<string> relays = [.. peer.RelayIds.Take(MaxRelays).Where(id => id.Length is > 0 and <= MaxIdLength)];
        return new PeerEntry(message.Id, metadata, server, client, ReadDirects(peer), relays, encryptions);
    }

    private static List<IPEndPoint> ReadDirects(Peer peer)
    {
        List<IPEndPoint> directs = [];
        foreach (AddrPort message in peer.Directs.Take(MaxDirects))
        {
            if (AddressMessages.TryRead(message, out IPEndPoint? direct) && !directs.Contains(direct))
            {
                directs.Add(direct);
            }
        }

        return directs;
    }
}
