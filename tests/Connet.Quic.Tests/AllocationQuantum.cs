namespace Connet.Quic.Tests;

/// <summary>How exact the count of allocated bytes of a thread is.</summary>
internal static class AllocationQuantum
{
    /// <summary>
    /// The runtime gives each thread memory in pieces of 8 KiB. A collection, which any other test may cause, takes the unused rest away, and it
    /// counts as allocated. A single object for each of thousands of calls is far more.
    /// </summary>
    public const int Bytes = 8192;
}
