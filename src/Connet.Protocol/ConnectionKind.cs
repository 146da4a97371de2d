namespace Connet.Protocol;

/// <summary>The kinds of connection between Connet processes. Each has its own ALPN identifiers and default UDP port.</summary>
public enum ConnectionKind
{
    /// <summary>From a client to the control server, by default on UDP port 19190.</summary>
    ControlClients,

    /// <summary>From a relay to the control server, by default on UDP port 19189.</summary>
    ControlRelays,

    /// <summary>From a client to a relay, by default on UDP port 19191.</summary>
    RelayClients,

    /// <summary>From a client to another one, by default on UDP port 19192.</summary>
    Peer,
}
