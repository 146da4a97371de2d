using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire;

/// <summary>The transport parameters of one side (RFC 9000, section 18). What is not set has the RFC's default.</summary>
internal sealed class TransportParameters
{
    /// <summary>The default and the most of <see cref="MaxUdpPayloadSize"/>: what fits into a UDP datagram.</summary>
    public const int LargestUdpPayload = 65527;

    /// <summary>The smallest UDP payload that every QUIC path carries (RFC 9000, section 14).</summary>
    public const int SmallestUdpPayload = 1200;

    /// <summary>The largest <see cref="AckDelayExponent"/>.</summary>
    public const int LargestAckDelayExponent = 20;

    /// <summary>The destination ID of the client's first Initial; from servers only.</summary>
    public ConnectionId? OriginalDestinationConnectionId { get; set; }

    /// <summary>After how long without traffic this side drops the connection; zero: never.</summary>
    public TimeSpan MaxIdleTimeout { get; set; }

    /// <summary>The token of the ID that the handshake chose; from servers only.</summary>
    public StatelessResetToken? StatelessResetToken { get; set; }

    /// <summary>The largest UDP payload this side wants to get.</summary>
    public int MaxUdpPayloadSize { get; set; } = LargestUdpPayload;

    public long InitialMaxData { get; set; }

    /// <summary>Initial credit on bidirectional streams that the sender of the parameters opens.</summary>
    public long InitialMaxStreamDataBidirectionalLocal { get; set; }

    /// <summary>Initial credit on bidirectional streams that the receiver of the parameters opens.</summary>
    public long InitialMaxStreamDataBidirectionalRemote { get; set; }

    public long InitialMaxStreamDataUnidirectional { get; set; }

    public long InitialMaxStreamsBidirectional { get; set; }

    public long InitialMaxStreamsUnidirectional { get; set; }

    /// <summary>By how many bits the delays in this side's ACK frames are shifted.</summary>
    public int AckDelayExponent { get; set; } = 3;

    /// <summary>The longest this side puts off an acknowledgement; below 2^14 ms.</summary>
    public TimeSpan MaxAckDelay { get; set; } = TimeSpan.FromMilliseconds(25);

    public bool DisableActiveMigration { get; set; }

    /// <summary>How many IDs of the other side's this side keeps, the one of the handshake included.</summary>
    public int ActiveConnectionIdLimit { get; set; } = 2;

    /// <summary>The source ID of this side's first Initial. Required; kept nullable so that it can be left out in tests.</summary>
    public ConnectionId? InitialSourceConnectionId { get; set; }

    /// <summary>The source ID of the server's Retry; from servers only, and only after a Retry.</summary>
    public ConnectionId? RetrySourceConnectionId { get; set; }

    /// <summary>The largest DATAGRAM frame this side takes, type and length included (RFC 9221, section 3); 0: none.</summary>
    public int MaxDatagramFrameSize { get; set; }

    /// <summary>
    /// The encoded form, with one reserved parameter added so that peers stay used to ignoring what they do not know (RFC
    /// 9000, section 18.1).
    /// </summary>
    public byte[] Encode(IRandomSource random) => TransportParametersEncoder.Encode(this, random);

    /// <summary>
    /// Reads what a peer sent. Anything wrong, in form or in range, is a TRANSPORT_PARAMETER_ERROR, as is the absence of the
    /// connection IDs that RFC 9000, section 7.3 requires. A server's preferred address is checked for form and ignored.
    /// </summary>
    public static TransportErrorCode TryParse(ReadOnlySpan<byte> encoded, bool fromServer, out TransportParameters parameters) =>
        TransportParametersParser.TryParse(encoded, fromServer, out parameters);
}
