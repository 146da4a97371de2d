namespace Connet.Quic.Core;

/// <summary>What an <see cref="Endpoint"/> does before there is a connection.</summary>
internal sealed record EndpointConfig
{
    /// <summary>32 secret bytes. The same after a restart, peers learn at once that their connections are gone (RFC 9000, section 10.3).</summary>
    public required byte[] StatelessResetKey { get; init; }

    /// <summary>32 secret bytes for address validation tokens.</summary>
    public required byte[] TokenKey { get; init; }

    /// <summary>Every client must answer a Retry first.</summary>
    public bool AlwaysRetry { get; init; }

    /// <summary>With so many incoming handshakes under way, further clients must prove their address by Retry before any work is done for them.</summary>
    public int RetryThreshold { get; init; } = 64;

    /// <summary>With so many incoming handshakes under way, further Initials are dropped: each costs memory and a signature.</summary>
    public int MaxHandshakes { get; init; } = 4096;

    /// <summary>How long a Retry token is good for: a round trip, with room for retransmission.</summary>
    public TimeSpan RetryLifetime { get; init; } = TimeSpan.FromSeconds(15);
}
