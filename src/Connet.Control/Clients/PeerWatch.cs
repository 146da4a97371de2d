using Connet.Protocol.Timing;

namespace Connet.Control.Clients;

/// <summary>One stream's interest in the peers of an endpoint.</summary>
internal sealed class PeerWatch(EndpointDirectory directory, EndpointKey key, WakeSignal changed) : IDisposable
{
    /// <summary>Whose announcements are watched.</summary>
    public EndpointKey Key => key;

    /// <summary>Set at each change.</summary>
    public WakeSignal Changed => changed;

    /// <summary>The list as it is now; the same object as long as nothing changed.</summary>
    public PeerList Current() => directory.Current(key);

    /// <summary>Ends the interest.</summary>
    public void Dispose() => directory.Unwatch(this);
}
