using System.Globalization;

namespace Connet.Cli.Configuration;

/// <summary>Durations as people write them: numbers with units, in a row (<c>1m30s</c>), or a plain 0.</summary>
internal static class DurationText
{
    private static readonly (string Unit, decimal Ticks)[] s_units =
    [
        ("ns", 0.01m), ("us", 10m), ("µs", 10m), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour),
    ];

    /// <summary>Timers take no more than about 49 days; nobody needs more here.</summary>
    private static readonly decimal s_maxTicks = TimeSpan.FromDays(45).Ticks;

    /// <summary>Reads a duration that is not negative.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text == "0")
        {
            return true;
        }

        decimal ticks = 0;
        int position = 0;
        while (position < text.Length)
        {
            int number = position;
            position = IndexOf(text, position, each => !char.IsAsciiDigit(each) && each != '.');
            int unit = position;
            position = IndexOf(text, position, each => char.IsAsciiDigit(each) || each == '.');
            decimal factor = s_units.FirstOrDefault(each => each.Unit == text[unit..position]).Ticks;
            if (factor == 0
                || !decimal.TryParse(text.AsSpan(number, unit - number), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count)
                || count > s_maxTicks)
            {
                return false;
            }

            ticks += count * factor;
            if (ticks > s_maxTicks)
            {
                return false;
            }
        }

        value = TimeSpan.FromTicks((long)ticks);
        return text.Length > 0;
    }

    private static int IndexOf(string text, int from, Predicate<char> match)
    {
        int found = Array.FindIndex(text.ToCharArray(), from, match);
        return found < 0 ? text.Length : found;
    }
}
