using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core.Recovery;

/// <summary>
/// Checks the ECN counts that a peer reports for one packet number space (RFC 9000, section 13.4.2.1). All of our marked
/// packets carry ECT(0).
/// </summary>
internal struct EcnValidation
{
    private EcnCounts _last;

    /// <summary>Takes in the counts of an ACK that raised the largest acknowledged number; false if they cannot be right.</summary>
    /// <param name="hasCounts">Whether the ACK had counts at all.</param>
    /// <param name="counts">The counts.</param>
    /// <param name="markedAcked">How many marked packets the ACK newly acknowledged.</param>
    /// <param name="congested">Whether more packets are reported as congestion-experienced.</param>
    public bool TryUpdate(bool hasCounts, in EcnCounts counts, int markedAcked, out bool congested)
    {
        congested = false;
        if (!hasCounts)
        {
            return markedAcked == 0;
        }

        long ect0 = counts.Ect0 - _last.Ect0;
        long ect1 = counts.Ect1 - _last.Ect1;
        long ce = counts.Ce - _last.Ce;
        if (ect0 < 0 || ce < 0 || ect1 != 0 || ect0 + ce < markedAcked)
        {
            return false;
        }

        _last = counts;
        congested = ce > 0;
        return true;
    }
}
