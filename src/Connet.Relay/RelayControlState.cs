namespace Connet.Relay;

/// <summary>How a relay stands with its control server.</summary>
public enum RelayControlState
{
    /// <summary>It has not been reached yet.</summary>
    NotConnected,

    /// <summary>It has admitted this relay, and the connection is alive.</summary>
    Connected,

    /// <summary>The connection was lost and is being made again.</summary>
    Reconnecting,

    /// <summary>The relay was stopped, or cannot go on.</summary>
    Disconnected,
}
