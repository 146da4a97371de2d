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

    public int OpenStreams { get; set; }

    public long UnreadBytes { get; set; }

    public long UnacknowledgedBytes { get; set; }

    public long SendCredit { get; set; }

    public long ReceiveCredit { get; set; }
}
