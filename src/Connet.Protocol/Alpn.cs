namespace Connet.Protocol;

/// <summary>
/// The ALPN identifiers of each kind of connection. <c>connet-relay/0.3</c> stands for two generations of two kinds, so a
/// lookup always needs the kind.
/// </summary>
internal static class Alpn
{
    private static readonly string[] s_controlClients = ["connet-control/0.4", "connet-client/0.3"];
    private static readonly string[] s_controlRelays = ["connet-control-relays/0.4", "connet-relay/0.3"];
    private static readonly string[] s_relayClients = ["connet-relay/0.3", "connet-peer-relay/0.2"];
    private static readonly string[] s_peer = ["connet-peer/0.2", "connet-peer/0.1"];

    /// <summary>The identifiers to offer or to accept, the newest first.</summary>
    public static IReadOnlyList<string> Identifiers(ConnectionKind kind) => Array.AsReadOnly(Of(kind));

    /// <summary>The identifiers to offer or to accept where all but one generation may be left out.</summary>
    /// <param name="kind">The kind of connection.</param>
    /// <param name="only">The one generation; null for both, the newest first.</param>
    public static IReadOnlyList<string> Identifiers(ConnectionKind kind, ProtocolGeneration? only) =>
        only is { } one ? [Identifier(kind, one)] : Identifiers(kind);

    /// <summary>The identifier of one generation.</summary>
    public static string Identifier(ConnectionKind kind, ProtocolGeneration generation) => Of(kind)[ProtocolGeneration.Second - generation];

    /// <summary>The generation that a negotiated identifier stands for.</summary>
    /// <returns>False if the identifier is none of this kind.</returns>
    public static bool TryGetGeneration(ConnectionKind kind, string identifier, out ProtocolGeneration generation)
    {
        int index = Array.IndexOf(Of(kind), identifier);
        generation = ProtocolGeneration.Second - Math.Max(index, 0);
        return index >= 0;
    }

    /// <summary>The generation that a negotiated identifier stands for.</summary>
    /// <exception cref="ProtocolException">The identifier is none of this kind.</exception>
    public static ProtocolGeneration GetGeneration(ConnectionKind kind, string identifier) =>
        TryGetGeneration(kind, identifier, out ProtocolGeneration generation)
            ? generation
            : throw new ProtocolException(ProtocolErrorCode.Unknown, $"'{identifier}' is not a protocol of {kind} connections.");

    private static string[] Of(ConnectionKind kind) => kind switch
    {
        ConnectionKind.ControlClients => s_controlClients,
        ConnectionKind.ControlRelays => s_controlRelays,
        ConnectionKind.RelayClients => s_relayClients,
        ConnectionKind.Peer => s_peer,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of connection."),
    };
}
