namespace Connet.Client.Peers;

/// <summary>An attempt whose answer a dial waits for.</summary>
/// <param name="Group">The path's <see cref="PathState.Group"/>.</param>
/// <param name="Age">How long ago it was made.</param>
/// <param name="IsOverdue">Whether nothing at all has arrived on the path since, and something should have; or the path is about to end.</param>
internal readonly record struct DialWait(string Group, TimeSpan Age, bool IsOverdue);
