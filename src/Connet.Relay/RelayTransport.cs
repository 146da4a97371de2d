namespace Connet.Relay;

/// <summary>What both ends of every connection in the field count on (protocol.md, section 1).</summary>
internal static class RelayTransport
{
    /// <summary>Silence after which a connection is given up.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Silence after which connections of clients are asked for a sign of life.</summary>
    public static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The largest message, in bytes, that is taken from clients and destinations. The protocol permits 16 MiB, and no message here needs a
    /// hundredth of this; each of thousands of streams may hold one.
    /// </summary>
    public const int MaxMessageLength = 64 * 1024;
}
