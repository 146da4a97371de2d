using System.Diagnostics.CodeAnalysis;
using Connet.Control.Auth;
using Connet.Control.Clients;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Google.Protobuf;

namespace Connet.Control.Stores;

/// <summary>Turns announcements into what a store keeps, and back after a restart.</summary>
internal static class StoredAnnouncements
{
    /// <summary>The key of an announcement in a store.</summary>
    public static StoredAnnouncementKey KeyOf(EndpointKey key, string id) => new(id, key.Name, (ControlEndpointRole)key.Role);

    /// <summary>The key of a stored announcement.</summary>
    public static StoredAnnouncementKey KeyOf(StoredAnnouncement stored) => new(stored.ClientId, stored.Endpoint, stored.Role);

    /// <summary>What a store keeps of an announcement.</summary>
    public static StoredAnnouncement ToStored(Announcement announcement) => new()
    {
        ClientId = announcement.Id,
        Endpoint = announcement.Key.Name,
        Role = (ControlEndpointRole)announcement.Key.Role,
        Peer = announcement.Entry.Encoded.Memory,
        TokenTag = announcement.TokenTag,
        Since = announcement.Since,
        LostAt = announcement.LostAt,
    };

    /// <summary>
    /// Reads an announcement of the process before. Its connection counts as lost when that process was last known to live, or when it
    /// noticed the loss.
    /// </summary>
    /// <param name="stored">What the store has.</param>
    /// <param name="alive">When the process before was certainly alive.</param>
    /// <param name="now">The time. A clock that was set back makes nothing last longer than the expiry from now on.</param>
    /// <exception cref="ControlServerException">It was not written by a control server.</exception>
    public static Announcement Read(StoredAnnouncement stored, DateTimeOffset alive, DateTimeOffset now)
    {
        if (stored.Role is not (ControlEndpointRole.Source or ControlEndpointRole.Destination) || !TryRead(stored, out PeerEntry? entry))
        {
            throw new ControlServerException(
                $"What the store has as the announcement {stored} was not written by a control server: restore the store, or start with a new one.");
        }

        DateTimeOffset lost = stored.LostAt ?? Later(alive, stored.Since) + AnnouncementJournal.BeatInterval;
        return new Announcement(new EndpointKey(stored.Endpoint, (Role)stored.Role), stored.ClientId, session: 0, sequence: 0, entry)
        {
            TokenTag = stored.TokenTag,
            Since = stored.Since,
            LostAt = lost < now ? lost : now,
        };
    }

    /// <summary>Whether the token of an announcement still permits it.</summary>
    public static bool IsPermitted(Announcement announcement, AccessRules rules) =>
        rules.ClientTokens.FindTag(announcement.TokenTag) is { } grant
        && grant.Restriction.CheckEndpoint(announcement.Key.Name, announcement.Key.Role) is null;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static bool TryRead(StoredAnnouncement stored, [NotNullWhen(true)] out PeerEntry? entry)
    {
        entry = null;
        try
        {
            RemotePeer remote = RemotePeer.Parser.ParseFrom(stored.Peer.Span);
            if (remote.Id == stored.ClientId
                && remote.Peer is { } peer
                && CertificateInfo.TryRead(peer.ClientCertificate.Span, out CertificateInfo? client)
                && CertificateInfo.TryRead(peer.ServerCertificate.Span, out CertificateInfo? server))
            {
                entry = new PeerEntry(remote.Id, remote.Metadata, peer, PeerChecks.CertificatesOf(server, client));
            }
        }
        catch (InvalidProtocolBufferException)
        {
        }

        return entry is not null;
    }
}
