using Connet.Protocol.Timing;

namespace Connet.Control.Relays;

/// <summary>One stream's interest in the relays.</summary>
internal sealed class RelayWatch(RelayDirectory directory, WakeSignal changed) : IDisposable
{
    /// <summary>Set at each change.</summary>
    public WakeSignal Changed => changed;

    /// <summary>The relays as they are now; the same object as long as nothing changed.</summary>
    public IReadOnlyList<RelayEntry> Current() => directory.Current;

    /// <summary>Ends the interest.</summary>
    public void Dispose() => directory.Unwatch(this);
}
