namespace Connet.Quic.Core;

/// <summary>The congestion controllers to choose from.</summary>
internal enum CongestionAlgorithm
{
    /// <summary>CUBIC (RFC 9438), the default.</summary>
    Cubic,

    /// <summary>NewReno (RFC 9002, section 7).</summary>
    NewReno,
}
