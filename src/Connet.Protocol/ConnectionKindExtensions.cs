namespace Connet.Protocol;

/// <summary>What follows from a <see cref="ConnectionKind"/>.</summary>
public static class ConnectionKindExtensions
{
    /// <summary>The UDP port that the listening side uses unless it is told otherwise.</summary>
    /// <param name="kind">The kind of connection.</param>
    /// <exception cref="ArgumentOutOfRangeException">The kind is not one of the enumeration's.</exception>
    public static int DefaultPort(this ConnectionKind kind) => kind switch
    {
        ConnectionKind.ControlClients => 19190,
        ConnectionKind.ControlRelays => 19189,
        ConnectionKind.RelayClients => 19191,
        ConnectionKind.Peer => 19192,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of connection."),
    };
}
