namespace Connet.AspNetCore.Files;

/// <summary>Paths without symbolic links, which is how a path outside of a folder shows itself.</summary>
internal static class RealPaths
{
    /// <summary>More than any honest path has; the kernel of Linux gives up at the same number.</summary>
    private const int MaxLinks = 40;

    /// <summary>Follows all links of an absolute path.</summary>
    /// <returns>The path; null if links lead in a circle, or one cannot be read. What it names need not exist.</returns>
    public static string? Resolve(string path)
    {
        try
        {
            Stack<string> open = new();
            string current = Path.GetPathRoot(path)!;
            Push(open, path[current.Length..]);
            int links = 0;
            while (open.TryPop(out string? part))
            {
                switch (part)
                {
                    case "" or ".":
                        continue;
                    case "..":
                        current = Path.GetDirectoryName(current) ?? current;
                        continue;
                }

                string next = Path.Combine(current, part);
                if (new FileInfo(next).LinkTarget is not { } target)
                {
                    current = next;
                }
                else if (++links > MaxLinks)
                {
                    return null;
                }
                else
                {
                    string root = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : string.Empty;
                    current = root.Length > 0 ? root : current;
                    Push(open, target[root.Length..]);
                }
            }

            return current;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Push(Stack<string> open, string path)
    {
        foreach (string part in path.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).Reverse())
        {
            open.Push(part);
        }
    }
}
