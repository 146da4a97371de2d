namespace Connet.Control;

/// <summary>What the checks of several options classes share.</summary>
internal static class OptionChecks
{
    /// <summary>Timers of the platform end before 2^32 milliseconds.</summary>
    public static TimeSpan LongestTime { get; } = TimeSpan.FromDays(30);

    public static string BadTime(string name, TimeSpan value) => $"{name} is {value}: it must be above zero and at most {LongestTime.TotalDays} days.";
}
