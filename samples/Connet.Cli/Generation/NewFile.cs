using Connet.Cli.Configuration;

namespace Connet.Cli.Generation;

/// <summary>Writes files that are there in full or not at all, and replace no other unless that is wanted.</summary>
internal static class NewFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">All of it.</param>
    /// <param name="isSecret">Nobody but its owner may read it.</param>
    /// <param name="overwrite">A file that is there already is replaced.</param>
    /// <exception cref="CommandFailure">It is there already, or cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, bool isSecret, bool overwrite)
    {
        string full = Path.GetFullPath(path);
        string temporary = $"{full}.{Guid.NewGuid():N}.new";
        try
        {
            using (FileStream file = new(temporary, Options(isSecret)))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            throw File.Exists(full) && !overwrite
                ? Exists(path)
                : new CommandFailure($"{path} cannot be written: {FileProblem.Describe(exception)}");
        }
    }

    /// <summary>Fails if one of some files is there already, before any of them is written.</summary>
    /// <exception cref="CommandFailure">One is.</exception>
    public static void ExpectNone(params IEnumerable<string> paths)
    {
        if (paths.FirstOrDefault(Path.Exists) is { } path)
        {
            throw Exists(path);
        }
    }

    private static CommandFailure Exists(string path) => new($"{path} exists already: choose another place, or give --force to replace it");

    private static FileStreamOptions Options(bool isSecret)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            options.UnixCreateMode = isSecret ? Owner : Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        }

        return options;
    }
}
