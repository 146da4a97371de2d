namespace Connet.Quic;

/// <summary>The congestion controllers to choose from.</summary>
public enum QuicCongestionControl
{
    /// <summary>CUBIC with HyStart++ (RFC 9438, RFC 9406).</summary>
    Cubic,

    /// <summary>NewReno (RFC 9002, section 7).</summary>
    NewReno,
}
