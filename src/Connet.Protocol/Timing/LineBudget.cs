namespace Connet.Protocol.Timing;

/// <summary>Keeps a log readable when strangers decide how much there is to say: so many lines a second, and a count of the rest. Thread safe.</summary>
internal sealed class LineBudget(TimeProvider clock, int linesPerSecond)
{
    private readonly Lock _gate = new();
    private long _began = clock.GetTimestamp();
    private int _taken;
    private int _suppressed;

    /// <summary>Asks for a line.</summary>
    /// <param name="suppressed">How many lines were left out since the last one that was granted.</param>
    /// <returns>Whether to write it.</returns>
    public bool TryTake(out int suppressed)
    {
        lock (_gate)
        {
            if (clock.GetElapsedTime(_began) >= TimeSpan.FromSeconds(1))
            {
                _began = clock.GetTimestamp();
                _taken = 0;
            }

            suppressed = _suppressed;
            if (_taken >= linesPerSecond)
            {
                _suppressed++;
                return false;
            }

            _taken++;
            _suppressed = 0;
            return true;
        }
    }
}
