namespace Connet.Client.Peers;

/// <summary>How many peers one dial with load balancing may choose, and until when it may choose further ones.</summary>
/// <param name="Peers">All of them, the first included.</param>
/// <param name="Time">Since the dial began.</param>
internal readonly record struct RetryLimit(int Peers, TimeSpan Time)
{
    /// <summary>Further peers with <see cref="ConnetDialRetry.Count"/>, unless the options say otherwise.</summary>
    public const int DefaultCount = 2;

    /// <summary>Milliseconds of <see cref="ConnetDialRetry.Timed"/>, unless the options say otherwise.</summary>
    public const int DefaultMilliseconds = 1000;

    /// <summary>The limit that options ask for.</summary>
    public static RetryLimit Of(ConnetSourceOptions options) => options.Retry switch
    {
        ConnetDialRetry.Count => new RetryLimit(1 + (options.RetryMax ?? DefaultCount), TimeSpan.MaxValue),
        ConnetDialRetry.Timed => new RetryLimit(int.MaxValue, TimeSpan.FromMilliseconds(options.RetryMax ?? DefaultMilliseconds)),
        ConnetDialRetry.All => new RetryLimit(int.MaxValue, TimeSpan.MaxValue),
        _ => new RetryLimit(1, TimeSpan.MaxValue),
    };

    /// <summary>Whether one more peer may be chosen.</summary>
    /// <param name="chosen">How many were.</param>
    /// <param name="elapsed">Since the dial began.</param>
    public bool Allows(int chosen, TimeSpan elapsed) => chosen == 0 || (chosen < Peers && elapsed < Time);
}
