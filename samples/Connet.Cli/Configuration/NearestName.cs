namespace Connet.Cli.Configuration;

/// <summary>Finds what the user may have meant.</summary>
internal static class NearestName
{
    /// <summary>The name with the fewest edits to the text; the first of several.</summary>
    public static string To(string text, IEnumerable<string> names) => names.MinBy(name => Distance(text, name)) ?? "";

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (restricted Damerau-Levenshtein).</summary>
    private static int Distance(string first, string second)
    {
        int[,] cost = new int[first.Length + 1, second.Length + 1];
        for (int i = 0; i <= first.Length; i++)
        {
            for (int j = 0; j <= second.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(
                        Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1,
                        cost[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[first.Length, second.Length];
    }
}
