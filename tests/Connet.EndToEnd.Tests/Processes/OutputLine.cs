using System.Globalization;

namespace Connet.EndToEnd.Tests.Processes;

/// <summary>One line that a program printed.</summary>
/// <param name="Text">Without the line break.</param>
/// <param name="IsError">On stderr rather than stdout.</param>
/// <param name="Time">When it arrived, by <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
internal sealed record OutputLine(string Text, bool IsError, long Time)
{
    /// <summary>When the program logged it, which is earlier where lines are held back until the program is up. For lines of the log only.</summary>
    public DateTimeOffset LoggedAt => DateTimeOffset.Parse(Text[..Text.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
}
