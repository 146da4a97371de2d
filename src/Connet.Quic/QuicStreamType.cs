namespace Connet.Quic;

/// <summary>The directions in which a <see cref="QuicStream"/> carries data (RFC 9000, section 2.1).</summary>
public enum QuicStreamType
{
    /// <summary>From the end that opened the stream to the other.</summary>
    Unidirectional,

    /// <summary>Both ways, each with an end of its own.</summary>
    Bidirectional,
}
