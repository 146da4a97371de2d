namespace Connet.Client.Peers;

/// <summary>Decides what one dial tries next. The dial asks it from one place at a time, and disposes of it at its end.</summary>
internal interface IDialPlan : IDisposable
{
    /// <summary>Chooses the next path, to be tried beside those that are waited for.</summary>
    /// <param name="usable">The paths that may be tried now: none that is waited for, or that has just failed.</param>
    /// <param name="waiting">What is waited for; the dial asks when the latest of it has had its time.</param>
    /// <param name="elapsed">Since the dial began.</param>
    /// <returns>An index of <paramref name="usable"/>; null to wait.</returns>
    int? Next(IReadOnlyList<(PeerPath Path, PathState State)> usable, IReadOnlyList<DialWait> waiting, TimeSpan elapsed);

    /// <summary>An attempt has failed.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="result">How.</param>
    void Fail(PeerPath path, DialResult result);

    /// <summary>The dial has its connection.</summary>
    /// <param name="connection">The connection, which nobody else has yet.</param>
    /// <param name="path">Its path.</param>
    void Succeed(ConnetConnection connection, PeerPath path);
}
