namespace Connet.Client.Peers;

/// <summary>The plan of a dial without load balancing: all paths in order of preference, whoever they lead to.</summary>
internal sealed class PreferredPaths : IDialPlan
{
    /// <inheritdoc/>
    public int? Next(IReadOnlyList<(PeerPath Path, PathState State)> usable, IReadOnlyList<DialWait> waiting, TimeSpan elapsed)
    {
        if (usable.Count == 0)
        {
            return null;
        }

        PathState[] states = [.. usable.Select(candidate => candidate.State)];
        int[] ordered = PathSelector.Order(states);
        return ordered[PathSelector.Hedge([.. ordered.Select(index => states[index])], [.. waiting.Select(each => each.Group)])];
    }

    /// <inheritdoc/>
    public void Fail(PeerPath path, DialResult result)
    {
    }

    /// <inheritdoc/>
    public void Succeed(ConnetConnection connection, PeerPath path)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
