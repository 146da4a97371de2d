using Connet.Quic.Core;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Streams;

namespace Connet.Quic;

/// <summary>Limits and timeouts of one connection, whichever side opens it. Do not change them once they are in use.</summary>
public abstract class QuicConnectionOptions
{
    private protected QuicConnectionOptions()
    {
    }

    /// <summary>Silence after which the connection is given up (RFC 9000, section 10.1). The smaller of both sides' counts.</summary>
    /// <value>30 seconds by default; <see cref="TimeSpan.Zero"/> switches it off on this side; 100 ms at least otherwise.</value>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Silence from the peer after which a PING is sent, large enough for a peer that was started anew to answer with a
    /// stateless reset (see <see cref="QuicEndpointOptions.StatelessResetKey"/>).
    /// </summary>
    /// <value><see cref="TimeSpan.Zero"/>, none, by default. Keep it below 30 seconds where NATs are on the way.</value>
    public TimeSpan KeepAliveInterval { get; set; }

    /// <summary>How long the handshake may go without a new packet from the peer.</summary>
    /// <value>5 seconds by default.</value>
    public TimeSpan HandshakeIdleTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the handshake may take at all.</summary>
    /// <value>20 seconds by default.</value>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How many bidirectional streams the peer may have open at once; as they end, it may open others.</summary>
    /// <value>100 by default; 0 to 65,536.</value>
    public int MaxInboundBidirectionalStreams { get; set; } = 100;

    /// <summary>How many unidirectional streams the peer may have open at once; as they end, it may open others.</summary>
    /// <value>100 by default; 0 to 65,536.</value>
    public int MaxInboundUnidirectionalStreams { get; set; } = 100;

    /// <summary>How many bidirectional streams this side may have open at once, however many more the peer allows: each costs an initial window of credit.</summary>
    /// <value>1,000 by default; 1 to 65,536.</value>
    public int MaxOutboundBidirectionalStreams { get; set; } = 1000;

    /// <summary>How many bytes of one stream the peer may send before the application reads; grows by itself for streams that are read.</summary>
    /// <value>64 KiB by default; 4 KiB to 16 MiB.</value>
    public int InitialStreamWindow { get; set; } = 64 * 1024;

    /// <summary>How far the window of one stream may grow.</summary>
    /// <value>16 MiB by default; at least <see cref="InitialStreamWindow"/>.</value>
    public int MaxStreamWindow { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// How far the windows of all streams together may grow beyond their initial sizes. With the initial windows of all
    /// streams that may be open, this bounds the memory that unread data takes.
    /// </summary>
    /// <value>32 MiB by default.</value>
    public long WindowGrowthBudget { get; set; } = 32 * 1024 * 1024;

    /// <summary>The largest UDP payload that is tried (RFC 8899); the path decides what is used.</summary>
    /// <value>1,452 bytes by default, which fits IPv6 on Ethernet; 1,200 to 65,527.</value>
    public int MaxDatagramSize { get; set; } = 1452;

    /// <summary>
    /// The largest DATAGRAM frame that this side takes, its type and length included, which is up to five bytes more than the
    /// payload (RFC 9221, section 3). The peer may send datagrams only if this is set, and this side only if the peer has set it.
    /// </summary>
    /// <value>0 by default: none; up to 65,535, which takes whatever fits a packet.</value>
    public int MaxDatagramFrameSize { get; set; }

    /// <summary>
    /// How many bytes of datagrams may wait to be sent, and as many received ones to be read. Beyond that
    /// <see cref="QuicConnection.SendDatagram"/> refuses, and what arrives is dropped. Each counts as 32 bytes at least, and one may always wait.
    /// </summary>
    /// <value>256 KiB by default; 1 KiB to 64 MiB.</value>
    public int MaxQueuedDatagramBytes { get; set; } = 256 * 1024;

    /// <summary>The congestion controller.</summary>
    /// <value><see cref="QuicCongestionControl.Cubic"/> by default.</value>
    public QuicCongestionControl CongestionControl { get; set; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal ConnectionConfig ToConfig(CryptoProvider crypto)
    {
        const int MaxStreams = 65536;
        const int MaxUdpPayload = 65527;
        const int MinWindow = 4096;
        const int MaxWindow = 16 * 1024 * 1024;
        const int MinQueue = 1024;
        const int MaxQueue = 64 * 1024 * 1024;
        RequireTime(IdleTimeout, TimeSpan.FromMilliseconds(100), mayBeZero: true, nameof(IdleTimeout));
        RequireTime(KeepAliveInterval, TimeSpan.FromMilliseconds(10), mayBeZero: true, nameof(KeepAliveInterval));
        RequireTime(HandshakeIdleTimeout, TimeSpan.FromMilliseconds(1), mayBeZero: false, nameof(HandshakeIdleTimeout));
        RequireTime(HandshakeTimeout, TimeSpan.FromMilliseconds(1), mayBeZero: false, nameof(HandshakeTimeout));
        RequireRange(MaxInboundBidirectionalStreams, 0, MaxStreams, nameof(MaxInboundBidirectionalStreams));
        RequireRange(MaxInboundUnidirectionalStreams, 0, MaxStreams, nameof(MaxInboundUnidirectionalStreams));
        RequireRange(MaxOutboundBidirectionalStreams, 1, MaxStreams, nameof(MaxOutboundBidirectionalStreams));
        RequireRange(InitialStreamWindow, MinWindow, MaxWindow, nameof(InitialStreamWindow));
        RequireRange(MaxStreamWindow, InitialStreamWindow, int.MaxValue, nameof(MaxStreamWindow));
        RequireRange(WindowGrowthBudget, 0, 1L << 40, nameof(WindowGrowthBudget));
        RequireRange(MaxDatagramSize, Core.Paths.MtuDiscovery.BaseSize, MaxUdpPayload, nameof(MaxDatagramSize));
        RequireRange(MaxDatagramFrameSize, 0, ushort.MaxValue, nameof(MaxDatagramFrameSize));
        RequireRange(MaxQueuedDatagramBytes, MinQueue, MaxQueue, nameof(MaxQueuedDatagramBytes));
        return new ConnectionConfig
        {
            MaxIdleTimeout = IdleTimeout,
            KeepAliveInterval = KeepAliveInterval,
            HandshakeIdleTimeout = HandshakeIdleTimeout,
            HandshakeTimeout = HandshakeTimeout,
            MaxDatagramSize = MaxDatagramSize,
            MaxDatagramFrameSize = MaxDatagramFrameSize,
            MaxQueuedDatagramBytes = MaxQueuedDatagramBytes,
            Congestion = CongestionControl == QuicCongestionControl.NewReno ? CongestionAlgorithm.NewReno : CongestionAlgorithm.Cubic,
            Crypto = crypto,
            Streams = new StreamLimits
            {
                MaxBidirectional = MaxInboundBidirectionalStreams,
                MaxUnidirectional = MaxInboundUnidirectionalStreams,
                MaxLocalBidirectional = MaxOutboundBidirectionalStreams,
                InitialStreamWindow = InitialStreamWindow,
                MaxStreamWindow = MaxStreamWindow,
                GrowthBudget = WindowGrowthBudget,
            },
        };
    }

    private static void RequireTime(TimeSpan value, TimeSpan minimum, bool mayBeZero, string name)
    {
        if (value < minimum && !(mayBeZero && value == TimeSpan.Zero))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least {minimum.TotalMilliseconds} ms{(mayBeZero ? " or zero" : string.Empty)}.");
        }
    }

    private static void RequireRange(long value, long minimum, long maximum, string name)
    {
        if (value < minimum || value > maximum)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be between {minimum} and {maximum}.");
        }
    }
}
