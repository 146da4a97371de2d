namespace Connet.EndToEnd.Tests.Processes;

/// <summary>One line that a program printed.</summary>
/// <param name="Text">Without the line break.</param>
/// <param name="IsError">On stderr rather than stdout.</param>
/// <param name="Time">When it arrived, by <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
internal sealed record OutputLine(string Text, bool IsError, long Time);
