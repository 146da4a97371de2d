using System.Net;

namespace Connet.Client;

/// <summary>An open path, at one instant. Immutable.</summary>
public sealed record ConnetPathStatus
{
    /// <summary>Direct, or through a relay.</summary>
    public required ConnetPathKind Kind { get; init; }

    /// <summary>The address of the peer or the relay.</summary>
    public required IPEndPoint RemoteEndPoint { get; init; }

    /// <summary>The peer, or the relay, as the control server names it.</summary>
    public required string Id { get; init; }

    /// <summary>The smoothed round-trip time to there.</summary>
    public required TimeSpan RoundTripTime { get; init; }

    /// <summary>Bytes sent over it since it was opened, in the payload of UDP datagrams.</summary>
    public required long BytesSent { get; init; }

    /// <summary>Bytes received over it since it was opened, in the payload of UDP datagrams.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>How many connections go over it.</summary>
    public required int OpenConnections { get; init; }

    /// <summary>How bytes are encrypted between the two clients; through a relay as for its latest connection, null before the first.</summary>
    public ConnetPathEncryption? Encryption { get; init; }

    /// <summary>Whether bytes are readable to nobody but the two clients; null while <see cref="Encryption"/> is.</summary>
    public bool? IsEncrypted => Encryption is { } encryption ? encryption != ConnetPathEncryption.None : null;
}
