namespace Connet.Quic.Tests.Simulation;

/// <summary>What a simulated link does to datagrams, in one direction.</summary>
internal sealed record LinkConditions
{
    /// <summary>The one-way delay.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Up to so much is added to the delay of each datagram, at random; more than their spacing reorders them.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The share of datagrams that vanish, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>The share of datagrams that arrive twice, 0 to 1.</summary>
    public double Duplication { get; init; }

    /// <summary>The share of datagrams with a flipped bit, 0 to 1.</summary>
    public double Corruption { get; init; }

    /// <summary>Larger datagrams vanish.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Bytes a second; 0 is unlimited.</summary>
    public long Bandwidth { get; init; }

    /// <summary>Bytes that may wait for a limited link; what does not fit vanishes.</summary>
    public int Queue { get; init; } = 64 * 1024;
}
