namespace Connet.Client;

/// <summary>How an endpoint stands with a relay.</summary>
public enum ConnetRelayState
{
    /// <summary>It is being dialled, or the next dial waits for its time.</summary>
    Connecting,

    /// <summary>It has accepted the endpoint: there is a path to it.</summary>
    Connected,

    /// <summary>The control server does not list it any more, or another instance has its place; what is open there may finish.</summary>
    Leaving,
}
