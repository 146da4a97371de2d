namespace Connet.Client.Peers;

/// <summary>Decides in which order a dial tries the paths. Pure.</summary>
internal static class PathSelector
{
    /// <summary>The order to try paths in, as indexes: those that answer before those that do not, direct before relayed, then the one
    /// that leads to fewer others than the wanted peer, then the shorter round trip.</summary>
    public static int[] Order(IReadOnlyList<PathState> paths) =>
    [
        .. Enumerable.Range(0, paths.Count)
            .OrderBy(index => paths[index].IsSilent)
            .ThenBy(index => !paths[index].LeadsToPeer)
            .ThenBy(index => paths[index].Kind)
            .ThenBy(index => paths[index].Sharers)
            .ThenBy(index => paths[index].RoundTripTime),
    ];

    /// <summary>The next path for a dial that has waited in vain: preferably one that does not share the fate of those it waits for.</summary>
    /// <param name="remaining">The paths not tried yet, in order.</param>
    /// <param name="waitingFor">The groups that an answer is awaited from.</param>
    /// <returns>An index of <paramref name="remaining"/>.</returns>
    public static int Hedge(IReadOnlyList<PathState> remaining, IReadOnlyCollection<string> waitingFor)
    {
        for (int i = 0; i < remaining.Count; i++)
        {
            if (!waitingFor.Contains(remaining[i].Group))
            {
                return i;
            }
        }

        return 0;
    }
}
