namespace Connet.Client.Control;

/// <summary>
/// Pauses that double from one attempt to the next. Each is up to a fifth shorter than its turn, so that the clients of a server that went
/// away do not come back in step.
/// </summary>
internal sealed class Backoff
{
    private const double Jitter = 0.2;

    private readonly TimeSpan _initial;
    private readonly TimeSpan _max;
    private TimeSpan _next;

    /// <param name="initial">The first pause.</param>
    /// <param name="max">The longest pause.</param>
    public Backoff(TimeSpan initial, TimeSpan max)
    {
        _initial = initial;
        _max = max;
        _next = initial;
    }

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        TimeSpan pause = _next < _max ? _next : _max;
        _next = pause + pause;
        return pause * (1 - (Jitter * Random.Shared.NextDouble()));
    }

    /// <summary>Begins anew.</summary>
    public void Reset() => _next = _initial;
}
