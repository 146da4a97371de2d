using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Core;

/// <summary>
/// Every limit and timeout of one connection. What a peer can make us hold is bounded by these: unread stream data by
/// <see cref="Streams"/>, handshake bytes by <see cref="MaxCryptoBuffer"/>, packets that cannot be decrypted yet by
/// <see cref="MaxUndecryptablePackets"/>, datagrams by <see cref="MaxQueuedDatagramBytes"/>, connection IDs by <see cref="ActiveConnectionIdLimit"/>.
/// </summary>
internal sealed record ConnectionConfig
{
    /// <summary>Stream counts and windows.</summary>
    public StreamLimits Streams { get; init; } = new();

    /// <summary>Silence after which the connection is given up (RFC 9000, section 10.1); zero switches it off on our side.</summary>
    public TimeSpan MaxIdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence after which a PING is sent; zero sends none. Below 30 s, since NAT mappings last about that long.</summary>
    public TimeSpan KeepAliveInterval { get; init; }

    /// <summary>How long a handshake may go without a new packet from the peer.</summary>
    public TimeSpan HandshakeIdleTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a handshake may take at all: a peer that trickles bytes must not hold its place for ever.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long an acknowledgement may wait for company (RFC 9000, section 13.2.1).</summary>
    public TimeSpan MaxAckDelay { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>An acknowledgement goes out at the latest with every so many ack-eliciting packets.</summary>
    public int AckEveryPackets { get; init; } = 2;

    /// <summary>The largest UDP payload that is tried, 1,200 to 65,527 bytes. 1,452 fits IPv6 on Ethernet.</summary>
    public int MaxDatagramSize { get; init; } = 1452;

    /// <summary>The largest DATAGRAM frame that we take (RFC 9221, section 3), type and length included; 0 offers none.</summary>
    public int MaxDatagramFrameSize { get; init; }

    /// <summary>How many bytes of datagrams may wait to be sent, and as many to be read.</summary>
    public int MaxQueuedDatagramBytes { get; init; } = 256 * 1024;

    /// <summary>How far CRYPTO data may run ahead of what TLS has consumed: large certificate chains fit, floods do not.</summary>
    public int MaxCryptoBuffer { get; init; } = 64 * 1024;

    /// <summary>Packets kept because their keys are not there yet.</summary>
    public int MaxUndecryptablePackets { get; init; } = 32;

    /// <summary>Connection IDs of the peer that we store (RFC 9000, section 5.1.1).</summary>
    public int ActiveConnectionIdLimit { get; init; } = Paths.PeerConnectionIds.DefaultActiveLimit;

    /// <summary>The congestion controller.</summary>
    public CongestionAlgorithm Congestion { get; init; }

    /// <summary>Where the packet ciphers come from.</summary>
    public CryptoProvider Crypto { get; init; } = CryptoProvider.Default;
}
