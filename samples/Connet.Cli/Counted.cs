using System.Globalization;

namespace Connet.Cli;

/// <summary>Numbers of things in sentences.</summary>
internal static class Counted
{
    /// <summary><c>1 token</c>, <c>2 tokens</c>.</summary>
    public static string Of(int count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");
}
