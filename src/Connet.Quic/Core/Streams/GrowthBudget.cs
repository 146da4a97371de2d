namespace Connet.Quic.Core.Streams;

/// <summary>
/// What all the streams of a connection together may grow beyond their initial windows. Growth is credit that cannot be
/// taken back from a stream nobody reads, so no stream takes more than half of what is left: there is always some for the next.
/// </summary>
internal sealed class GrowthBudget(long total)
{
    /// <summary>Growth smaller than this is not worth a frame.</summary>
    private const long SmallestGrowth = 4096;

    public long Used { get; private set; }

    /// <summary>Grants up to <paramref name="wanted"/> bytes of growth, or none.</summary>
    public long Take(long wanted)
    {
        long granted = Math.Min(wanted, (total - Used) / 2);
        if (granted < SmallestGrowth)
        {
            return 0;
        }

        Used += granted;
        return granted;
    }

    public void GiveBack(long bytes) => Used -= bytes;
}
