namespace Connet.Quic;

/// <summary>What becomes of an outgoing datagram: the answer of <see cref="QuicEndpointOptions.OutgoingFilter"/>. The default value sends.</summary>
public readonly record struct QuicDatagramFate
{
    private static readonly TimeSpan _longestDelay = TimeSpan.FromMinutes(1);

    private QuicDatagramFate(bool isDropped, TimeSpan delay)
    {
        IsDropped = isDropped;
        DelayTime = delay;
    }

    /// <summary>It leaves now.</summary>
    public static QuicDatagramFate Send => default;

    /// <summary>It is lost, as on the network: nobody is told.</summary>
    public static QuicDatagramFate Drop => new(true, TimeSpan.Zero);

    internal bool IsDropped { get; }

    internal TimeSpan DelayTime { get; }

    /// <summary>It leaves later. Datagrams with the same delay keep their order.</summary>
    /// <param name="delay">How much later; zero to one minute. Zero sends now.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or longer than a minute.</exception>
    public static QuicDatagramFate Delay(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, _longestDelay);
        return new QuicDatagramFate(false, delay);
    }

    /// <inheritdoc/>
    public override string ToString() => IsDropped ? "drop" : DelayTime > TimeSpan.Zero ? $"send after {DelayTime.TotalMilliseconds} ms" : "send";
}
