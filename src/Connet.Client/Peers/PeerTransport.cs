using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>The transport settings of connections with peers and relays (protocol.md section 1).</summary>
internal static class PeerTransport
{
    /// <summary>Each proxied connection is a stream.</summary>
    public const int MaxStreams = 4096;

    /// <summary>The largest message of a peer or relay; what they send has a few hundred bytes.</summary>
    public const int MaxMessageLength = 64 * 1024;

    /// <summary>Between starting the dials of one round.</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a path that is no longer wanted waits for its streams.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a path that is no longer wanted may be silent while its streams are open. A live peer answers within a round trip, and a lost
    /// packet is sent again several times within this.
    /// </summary>
    public static readonly TimeSpan DrainAnswer = TimeSpan.FromSeconds(3);

    /// <summary>Silence after which a direct path is kept open.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Sets what all connections share.</summary>
    public static T Apply<T>(T options, ConnetClientOptions client, TimeSpan keepAlive)
        where T : QuicConnectionOptions
    {
        options.IdleTimeout = s_idleTimeout;
        options.KeepAliveInterval = keepAlive;
        options.HandshakeIdleTimeout = client.HandshakeIdleTimeout;
        options.MaxInboundBidirectionalStreams = MaxStreams;
        options.MaxOutboundBidirectionalStreams = MaxStreams;
        options.MaxInboundUnidirectionalStreams = 0;
        return options;
    }

    /// <summary>
    /// Offers DATAGRAM frames of any length, as RFC 9221 section 3 recommends: for connections between clients. Relays forward streams alone.
    /// </summary>
    public static T OfferDatagrams<T>(T options)
        where T : QuicConnectionOptions
    {
        options.MaxDatagramFrameSize = ushort.MaxValue;
        return options;
    }
}
