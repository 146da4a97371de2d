namespace Connet.Quic;

/// <summary>Counters and estimates of one connection at one instant.</summary>
public sealed record QuicConnectionStatistics
{
    /// <summary>The smoothed round-trip time (RFC 9002, section 5.3); 333 ms before the first sample.</summary>
    public required TimeSpan SmoothedRtt { get; init; }

    /// <summary>The smallest round-trip time seen on the current path.</summary>
    public required TimeSpan MinimumRtt { get; init; }

    /// <summary>UDP payload bytes sent.</summary>
    public required long BytesSent { get; init; }

    /// <summary>UDP payload bytes received.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>UDP datagrams sent.</summary>
    public required long DatagramsSent { get; init; }

    /// <summary>UDP datagrams received.</summary>
    public required long DatagramsReceived { get; init; }

    /// <summary>QUIC packets sent.</summary>
    public required long PacketsSent { get; init; }

    /// <summary>QUIC packets received and understood.</summary>
    public required long PacketsReceived { get; init; }

    /// <summary>QUIC packets declared lost.</summary>
    public required long PacketsLost { get; init; }

    /// <summary>QUIC packets that could not be decrypted, were duplicates or made no sense.</summary>
    public required long PacketsDropped { get; init; }

    /// <summary>The congestion window, in bytes.</summary>
    public required long CongestionWindow { get; init; }

    /// <summary>Bytes sent and neither acknowledged nor lost.</summary>
    public required long BytesInFlight { get; init; }

    /// <summary>The size of the datagrams that the path is known to carry.</summary>
    public required int MaxDatagramSize { get; init; }

    /// <summary>How often the packet keys were updated (RFC 9001, section 6).</summary>
    public required int KeyUpdates { get; init; }

    /// <summary>DATAGRAM frames sent (RFC 9221), one for each that <see cref="QuicConnection.SendDatagram"/> queued and that went out.</summary>
    public required long DatagramFramesSent { get; init; }

    /// <summary>DATAGRAM frames received, those that were dropped included.</summary>
    public required long DatagramFramesReceived { get; init; }

    /// <summary>DATAGRAM frames received and dropped, since <see cref="QuicConnectionOptions.MaxQueuedDatagramBytes"/> waited to be read.</summary>
    public required long DatagramFramesDropped { get; init; }

    /// <summary>
    /// DATAGRAM frames that the peer did not acknowledge, even if they arrived later; and those that were given up unsent, since
    /// the path carries less than when they were queued.
    /// </summary>
    public required long DatagramFramesLost { get; init; }

    /// <summary>How long ago the last packet from the peer came that was decrypted and no duplicate; see <see cref="QuicConnection.TimeSinceReceived"/>.</summary>
    public required TimeSpan TimeSinceReceived { get; init; }
}
