using Connet.Control.Sessions;

namespace Connet.Control.Relays;

/// <summary>One stream's interest in the relays.</summary>
internal sealed class RelayWatch(RelayDirectory directory, ChangeSignal changed) : IDisposable
{
    /// <summary>Set at each change.</summary>
    public ChangeSignal Changed => changed;

    /// <summary>The relays as they are now; the same object as long as nothing changed.</summary>
    public IReadOnlyList<RelayEntry> Current() => directory.Current;

    /// <summary>Ends the interest.</summary>
    public void Dispose() => directory.Unwatch(this);
}
