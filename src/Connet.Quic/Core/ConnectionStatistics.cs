namespace Connet.Quic.Core;

/// <summary>Counters and estimates of one connection at one instant.</summary>
internal record struct ConnectionStatistics
{
    public long DatagramsReceived { get; set; }

    public long BytesReceived { get; set; }

    public long PacketsReceived { get; set; }

    public long DatagramsSent { get; set; }

    public long BytesSent { get; set; }

    public long PacketsSent { get; set; }

    /// <summary>Packets that could not be decrypted, were duplicates or made no sense.</summary>
    public long PacketsDropped { get; set; }

    public long PacketsLost { get; set; }

    public TimeSpan SmoothedRtt { get; set; }

    public TimeSpan MinimumRtt { get; set; }

    public long CongestionWindow { get; set; }

    public long BytesInFlight { get; set; }

    public int MaxDatagramSize { get; set; }

    public int KeyUpdates { get; set; }

    /// <summary>DATAGRAM frames sent; <see cref="DatagramsSent"/> counts those of UDP.</summary>
    public long DatagramFramesSent { get; set; }

    /// <summary>DATAGRAM frames received, those that were dropped included.</summary>
    public long DatagramFramesReceived { get; set; }

    /// <summary>DATAGRAM frames received and dropped, since too much waited to be read.</summary>
    public long DatagramFramesDropped { get; set; }

    /// <summary>DATAGRAM frames declared lost, and those given up unsent because the path came to carry less.</summary>
    public long DatagramFramesLost { get; set; }
}
