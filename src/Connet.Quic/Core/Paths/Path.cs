using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;

namespace Connet.Quic.Core.Paths;

/// <summary>What is known about the way to one address of the peer: each path has its own round-trip time, congestion window and MTU (RFC 9000, section 9.4).</summary>
internal sealed class Path(NetworkAddress remote, ICongestionController congestion, int maxDatagramSize)
{
    /// <summary>The same way with another port: a NAT changed its mind, and nothing that was learnt is wrong (RFC 9000, section 9.4).</summary>
    public Path(NetworkAddress remote, Path similar)
        : this(remote, similar.Congestion, MtuDiscovery.BaseSize)
    {
        Rtt = similar.Rtt;
        Pacer = similar.Pacer;
        Mtu = similar.Mtu;
    }

    public NetworkAddress Remote { get; } = remote;

    public ICongestionController Congestion { get; } = congestion;

    public RttEstimator Rtt { get; } = new();

    public Pacer Pacer { get; } = new(MtuDiscovery.BaseSize);

    public AntiAmplificationLimit AntiAmplification { get; init; } = new();

    public MtuDiscovery Mtu { get; } = new(maxDatagramSize);

    public PathValidator Validator { get; } = new();
}
