namespace Connet.Client;

/// <summary>How a client stands with its control server.</summary>
public enum ConnetClientState
{
    /// <summary>The client has not been connected yet.</summary>
    NotConnected,

    /// <summary>The control server knows the client, and answers.</summary>
    Connected,

    /// <summary>The connection was lost and is being made again. Paths to peers are not disturbed.</summary>
    Reconnecting,

    /// <summary>The client was stopped, or cannot go on.</summary>
    Disconnected,
}
