using Connet.Protocol.Timing;

namespace Connet.Client.Direct;

/// <summary>
/// How many direct dials one peer is worth: a token bucket. Where they go is what the peer says of itself, and who changes that often would make this
/// client send as often to whomever he names. Thread safe.
/// </summary>
/// <param name="clock">When tokens come.</param>
internal sealed class DialBudget(TimeProvider clock)
{
    /// <summary>Four rounds over as many addresses as are dialled at all: a peer that is not there yet is tried for half a minute before it counts.</summary>
    public const int Burst = 4 * CandidateFilter.MaxCandidates;

    /// <summary>
    /// The time that a token takes. With all addresses silent, rounds that are a handshake and the longest pause apart need fewer: who stays where he is never
    /// waits for this.
    /// </summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _since = clock.GetTimestamp();
    private int _tokens = Burst;

    /// <summary>Takes a token, waiting for one.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        while (Take() is { } wait)
        {
            await clock.DelayAsync(wait, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether nothing is missing that a new one would have.</summary>
    public bool IsFull
    {
        get
        {
            lock (_lock)
            {
                Fill();
                return _tokens == Burst;
            }
        }
    }

    /// <returns>Null if there was one; else how long it takes until there is.</returns>
    private TimeSpan? Take()
    {
        lock (_lock)
        {
            Fill();
            if (_tokens > 0)
            {
                _tokens--;
                return null;
            }

            return Interval - clock.GetElapsedTime(_since);
        }
    }

    private void Fill()
    {
        int come = (int)Math.Min(Burst - _tokens, (long)(clock.GetElapsedTime(_since) / Interval));
        _tokens += come;

        // A bucket that is full gains nothing from the time before.
        _since = _tokens == Burst ? clock.GetTimestamp() : _since + (long)(come * Interval.TotalSeconds * clock.TimestampFrequency);
    }
}
