namespace Connet.Protocol.Naming;

/// <summary>What the middle of a generated server name says about its owner.</summary>
internal static class Realms
{
    /// <summary>Clients, towards their peers.</summary>
    public const string Peer = "connet.peer";

    /// <summary>Relays, towards clients.</summary>
    public const string Relay = "reserve.relay";

    /// <summary>A control server's own id.</summary>
    public const string Control = "relay.control";
}
