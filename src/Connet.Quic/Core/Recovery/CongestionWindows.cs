namespace Connet.Quic.Core.Recovery;

/// <summary>The window sizes that RFC 9002, section 7.2 fixes for every controller.</summary>
internal static class CongestionWindows
{
    /// <summary>Ten datagrams, limited to the larger of 14,720 bytes and two datagrams.</summary>
    public static long Initial(int maxDatagramSize) => Math.Min(10L * maxDatagramSize, Math.Max(14720, 2L * maxDatagramSize));

    /// <summary>Two datagrams, so that an ACK is provoked without the delay timer.</summary>
    public static long Minimum(int maxDatagramSize) => 2L * maxDatagramSize;
}
