namespace Connet.Quic.Core.Wire;

/// <summary>A run of consecutive packet numbers, both ends included.</summary>
internal readonly record struct PacketNumberRange(long Smallest, long Largest)
{
    /// <summary>How many packet numbers the run has.</summary>
    public long Count => Largest - Smallest + 1;
}
