using System.Globalization;
using System.Text;

namespace Connet.Quic.Io;

/// <summary>What a UDP socket can do on this system: for the log line at start, and for the status.</summary>
internal readonly record struct UdpCapabilities
{
    /// <summary>The implementation, in words.</summary>
    public string? Implementation { get; init; }

    /// <summary>Whether a send hands over many segments at once (UDP_SEGMENT).</summary>
    public bool SegmentationOffload { get; init; }

    /// <summary>Why segmentation offload is off, where it might have been expected.</summary>
    public string? SegmentationOffloadReason { get; init; }

    /// <summary>Whether the system hands over received datagrams coalesced (UDP_GRO).</summary>
    public bool ReceiveOffload { get; init; }

    /// <summary>Whether ECN marks are sent and reported.</summary>
    public bool Ecn { get; init; }

    /// <summary>Whether one socket serves IPv4 and IPv6.</summary>
    public bool DualStack { get; init; }

    /// <summary>The socket buffers that were asked for.</summary>
    public int WantedBufferBytes { get; init; }

    /// <summary>The receive buffer that was granted.</summary>
    public int ReceiveBufferBytes { get; init; }

    /// <summary>The send buffer that was granted.</summary>
    public int SendBufferBytes { get; init; }

    /// <summary>What an operator should change when the system granted smaller buffers than wanted; null if all is well.</summary>
    public string? BufferAdvice
    {
        get
        {
            bool receive = ReceiveBufferBytes < WantedBufferBytes;
            bool send = SendBufferBytes < WantedBufferBytes;
            if (!receive && !send)
            {
                return null;
            }

            string granted = string.Create(CultureInfo.InvariantCulture,
                $"UDP socket buffers are smaller than the {WantedBufferBytes} bytes wanted (receive {ReceiveBufferBytes}, send {SendBufferBytes})");
            if (!OperatingSystem.IsLinux())
            {
                return granted;
            }

            string receiveSetting = receive ? $" net.core.rmem_max={WantedBufferBytes.ToString(CultureInfo.InvariantCulture)}" : string.Empty;
            string sendSetting = send ? $" net.core.wmem_max={WantedBufferBytes.ToString(CultureInfo.InvariantCulture)}" : string.Empty;
            return $"{granted}; set: sysctl -w{receiveSetting}{sendSetting}";
        }
    }

    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(Implementation ?? "unknown socket");
        text.Append(DualStack ? ", dual stack" : ", single stack");
        text.Append(SegmentationOffload ? ", GSO on" : ", GSO off");
        if (SegmentationOffloadReason is not null)
        {
            text.Append(" (").Append(SegmentationOffloadReason).Append(')');
        }

        text.Append(ReceiveOffload ? ", GRO on" : ", GRO off");
        text.Append(Ecn ? ", ECN on" : ", ECN off");
        text.Append(CultureInfo.InvariantCulture, $", receive buffer {ReceiveBufferBytes}, send buffer {SendBufferBytes}");
        return text.ToString();
    }
}
