namespace Connet.Relay.Uplink;

/// <summary>
/// The key that proofs of clients are opened with: the one of the current connection to the control server, or for a time the one of the last.
/// A new connection's key takes its place at once: proofs from before are worth nothing then. Thread safe.
/// </summary>
internal sealed class AdmissionKeys(TimeProvider clock, TimeSpan gracePeriod)
{
    private volatile Entry? _current;

    /// <summary>The control server has admitted this relay.</summary>
    public void Set(byte[] key) => _current = new Entry(key, null);

    /// <summary>The connection to the control server was lost.</summary>
    public void Lose()
    {
        if (_current is { LostAt: null } current)
        {
            _current = current with { LostAt = clock.GetTimestamp() };
        }
    }

    /// <summary>The key to open proofs with.</summary>
    /// <returns>Null if there is none: nobody can be admitted.</returns>
    public byte[]? Get() =>
        _current is { } current && (current.LostAt is not { } lost || clock.GetElapsedTime(lost) < gracePeriod) ? current.Key : null;

    private sealed record Entry(byte[] Key, long? LostAt);
}
