namespace Connet.Quic.Core.Streams;

/// <summary>
/// What one connection spends on streams. The windows are what memory a peer can make us hold; the number of streams and
/// the initial window together are promised to the peer, so their product is always covered by <see cref="ReceiveBudget"/>.
/// </summary>
internal sealed class StreamLimits
{
    /// <summary>Below this a window is used up by a few packets and every read would send a frame.</summary>
    private const int SmallestWindow = 2048;

    /// <summary>
    /// MAX_STREAMS counts end at 2^60 (RFC 9000, section 4.6); a limit that products with windows cannot overflow is far below.
    /// </summary>
    private const int MostStreams = 1 << 24;

    /// <summary>How many bidirectional streams the peer may have open at once.</summary>
    /// <value>
    /// 100 by default: the customary number, which covers an initial window each with 6.25 MiB. Credit is renewed as streams
    /// end, so it caps concurrency only.
    /// </value>
    public int MaxBidirectional { get; init; } = 100;

    /// <summary>How many unidirectional streams the peer may have open at once.</summary>
    /// <value>100 by default, as for bidirectional ones.</value>
    public int MaxUnidirectional { get; init; } = 100;

    /// <summary>
    /// How many bidirectional streams we have open at once, whatever the peer allows: each of them promises the peer an initial
    /// window too.
    /// </summary>
    /// <value><see cref="MaxBidirectional"/> by default: between two ends configured alike, what one may open the other grants.</value>
    public int MaxLocalBidirectional { get => field > 0 ? field : MaxBidirectional; init; }

    /// <summary>The credit that every stream starts with.</summary>
    /// <value>64 KiB by default: a short exchange never waits for credit, and a bulk stream doubles it every round trip.</value>
    public int InitialStreamWindow { get; init; } = 64 * 1024;

    /// <summary>What a stream's window may grow to.</summary>
    /// <value>16 MiB by default: 1 Gbit/s over 130 ms.</value>
    public int MaxStreamWindow { get; init; } = 16 * 1024 * 1024;

    /// <summary>What the windows of all streams together may grow beyond their initial sizes.</summary>
    /// <value>32 MiB by default: two bulk streams near the largest window, or many smaller ones.</value>
    public long GrowthBudget { get; init; } = 32 * 1024 * 1024;

    /// <summary>The connection window to start with. It grows to <see cref="ReceiveBudget"/> as data is read fast enough.</summary>
    /// <value>1 MiB by default: sixteen streams at their initial windows in one round trip.</value>
    public int InitialConnectionWindow { get; init; } = 1024 * 1024;

    /// <summary>What may be received and not read on the whole connection until that is lifted, where it is less than <see cref="ReceiveBudget"/>.</summary>
    /// <value>No bound of its own by default.</value>
    public long TrialBudget { get; init; } = long.MaxValue;

    /// <summary>How much one stream keeps of what was written and is not acknowledged.</summary>
    /// <value>16 MiB by default: a peer like us never allows more on one stream.</value>
    public int MaxSendBuffer { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// The bound of received and unread data on the connection: an initial window for every stream there can be, and the growth.
    /// </summary>
    public long ReceiveBudget => ((long)MaxBidirectional + MaxUnidirectional + MaxLocalBidirectional) * InitialStreamWindow + GrowthBudget;

    /// <summary>The value to advertise as initial_max_data (RFC 9000, section 18.2).</summary>
    public long InitialMaxData => Math.Min(InitialConnectionWindow, Math.Min(ReceiveBudget, TrialBudget));

    /// <summary>The value to advertise as each of the three initial_max_stream_data parameters (RFC 9000, section 18.2).</summary>
    public long InitialMaxStreamData => InitialStreamWindow;

    /// <summary>The value to advertise as initial_max_streams_bidi (RFC 9000, section 18.2).</summary>
    public long InitialMaxStreamsBidirectional => MaxBidirectional;

    /// <summary>The value to advertise as initial_max_streams_uni (RFC 9000, section 18.2).</summary>
    public long InitialMaxStreamsUnidirectional => MaxUnidirectional;

    /// <summary>Throws if a value makes no sense; the limits come from our own side's options.</summary>
    public void Validate()
    {
        Check(MaxBidirectional, 0, MostStreams, nameof(MaxBidirectional));
        Check(MaxUnidirectional, 0, MostStreams, nameof(MaxUnidirectional));
        Check(MaxLocalBidirectional, 0, MostStreams, nameof(MaxLocalBidirectional));
        Check(InitialStreamWindow, SmallestWindow, int.MaxValue, nameof(InitialStreamWindow));
        Check(MaxStreamWindow, InitialStreamWindow, int.MaxValue, nameof(MaxStreamWindow));
        Check(InitialConnectionWindow, SmallestWindow, int.MaxValue, nameof(InitialConnectionWindow));
        Check(TrialBudget, SmallestWindow, long.MaxValue, nameof(TrialBudget));
        Check(MaxSendBuffer, SmallestWindow, int.MaxValue, nameof(MaxSendBuffer));
        Check(GrowthBudget, 0, 1L << 40, nameof(GrowthBudget));
    }

    private static void Check(long value, long smallest, long largest, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, smallest, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, largest, name);
    }
}
