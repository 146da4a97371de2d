using Connet.Protocol.Common;
using Connet.Protocol.Peers;

namespace Connet.Protocol.Encryption;

/// <summary>
/// Which encryption a stream through a relay gets. What peers accept is also announced through the control server, because the
/// relay can take schemes off an offer, but not off an announcement.
/// </summary>
internal static class RelayEncryptionPolicy
{
    /// <summary>What a client accepts that sets nothing: encryption wherever the other side can.</summary>
    public static IReadOnlyList<RelayEncryption> Default { get; } = [RelayEncryption.Dhxcp, RelayEncryption.None];

    /// <summary>Best first.</summary>
    private static readonly RelayEncryption[] s_preference = [RelayEncryption.Tls, RelayEncryption.Dhxcp, RelayEncryption.None];

    private static readonly RelayEncryption[] s_noneOnly = [RelayEncryption.None];

    /// <summary>A list as it counts: each scheme that this version knows once, best first. An empty list means none only.</summary>
    public static IReadOnlyList<RelayEncryption> Normalize(IReadOnlyCollection<RelayEncryption> schemes) =>
        schemes.Count == 0 ? s_noneOnly : [.. s_preference.Where(schemes.Contains)];

    /// <summary>
    /// What a source offers with a request: its list, less the schemes whose configuration is missing. If none is left, the offer
    /// is of nothing, which is not an offer of none.
    /// </summary>
    public static IReadOnlyList<RelayEncryption> OfferOf(Request.Types.Connect connect) =>
    [
        .. Normalize(connect.SourceEncryption).Where(scheme => scheme switch
        {
            RelayEncryption.Tls => connect.SourceTls is not null,
            RelayEncryption.Dhxcp => connect.SourceDhX25519 is not null,
            _ => true,
        }),
    ];

    /// <summary>The destination's choice: TLS if both sides allow it, else dhxcp, else none.</summary>
    /// <param name="request">What the source asks for with this stream.</param>
    /// <param name="allowed">What this destination allows.</param>
    /// <param name="announced">
    /// What each peer that may be the source has announced; empty for one that announced nothing. The relay may have passed on
    /// the stream of any of them.
    /// </param>
    /// <returns>Null if there is none: the stream fails with <see cref="ProtocolErrorCode.DestinationRelayEncryptionError"/>.</returns>
    public static RelayEncryption? Choose(
        Request.Types.Connect request,
        IReadOnlyCollection<RelayEncryption> allowed,
        IEnumerable<IReadOnlyCollection<RelayEncryption>> announced)
    {
        IReadOnlyList<RelayEncryption> own = Normalize(allowed);
        IReadOnlyList<RelayEncryption> others = OfferOf(request);
        foreach (RelayEncryption scheme in s_preference)
        {
            if (own.Contains(scheme) && others.Contains(scheme))
            {
                return scheme != RelayEncryption.None || MayBePlain(own, announced) ? scheme : null;
            }
        }

        return null;
    }

    /// <summary>Whether the source accepts the destination's choice.</summary>
    /// <param name="answer">The destination's answer.</param>
    /// <param name="offered">What this source offered with the stream.</param>
    /// <param name="announced">What each peer that may be the destination has announced; empty for one that announced nothing.</param>
    public static bool IsAcceptable(
        Response.Types.Connect answer,
        IReadOnlyCollection<RelayEncryption> offered,
        IEnumerable<IReadOnlyCollection<RelayEncryption>> announced)
    {
        IReadOnlyList<RelayEncryption> own = Normalize(offered);
        return own.Contains(answer.DestinationEncryption) && answer.DestinationEncryption switch
        {
            RelayEncryption.Tls => answer.DestinationTls is not null,
            RelayEncryption.Dhxcp => answer.DestinationDhX25519 is not null,
            _ => MayBePlain(own, announced),
        };
    }

    /// <summary>
    /// Whether a stream may go unencrypted: the own list permits it, and among the peers that may be at the other end is one with
    /// which no encryption was possible. If encryption was possible with all of them, somebody took it off the offer.
    /// </summary>
    private static bool MayBePlain(IReadOnlyList<RelayEncryption> own, IEnumerable<IReadOnlyCollection<RelayEncryption>> announced)
    {
        bool anyPeer = false;
        foreach (IReadOnlyCollection<RelayEncryption> peer in announced)
        {
            anyPeer = true;
            if (!own.Any(scheme => scheme != RelayEncryption.None && peer.Contains(scheme)))
            {
                return own.Contains(RelayEncryption.None);
            }
        }

        return !anyPeer && own.Contains(RelayEncryption.None);
    }
}
