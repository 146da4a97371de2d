namespace Connet.Cli.Configuration;

/// <summary>Where state lives that should outlive the process.</summary>
/// <param name="environment">Reads a variable; null if it is not set.</param>
/// <param name="makesNothing">Folders are looked at and not made: nothing is going to run.</param>
internal sealed class StateFolders(Func<string, string?> environment, bool makesNothing = false)
{
    private const string Name = "connet";

    /// <summary>The folder of a client's reset key: what the environment names, else the platform's own.</summary>
    /// <param name="warnings">Takes a warning if there is none that can be written to.</param>
    /// <returns>A folder that exists, or is not needed; null if none can be used.</returns>
    public string? Cache(List<string> warnings)
    {
        string? folder = Variable("CONNET_CACHE_DIR") ?? Variable("CACHE_DIRECTORY") ?? Under(Variable("XDG_CACHE_HOME")) ?? Platform();
        if (folder is not null && CanUse(folder))
        {
            return folder;
        }

        warnings.Add($"{(folder is null ? "there is no cache folder" : $"the cache folder {folder} cannot be used")}: "
            + "the key for stateless resets will not outlive the process; set CONNET_CACHE_DIR to a folder for it");
        return null;
    }

    /// <summary>The folder of a server's state: the setting, else what the environment names, else a new one under the temporary folder.</summary>
    /// <param name="section">The section with <c>store-dir</c>.</param>
    /// <param name="warnings">Takes a warning if the state will not outlive the process.</param>
    /// <exception cref="ConfigurationException">The folder cannot be made.</exception>
    public string Store(SettingsSection section, List<string> warnings)
    {
        string? folder = section.Text("store-dir");
        string source = folder is null ? "" : $"{section.OriginOf("store-dir")}: ";
        folder ??= Variable("CONNET_STATE_DIR") ?? Variable("STATE_DIRECTORY");
        if (folder is null)
        {
            string temporary = makesNothing ? Path.GetTempPath() : Directory.CreateTempSubdirectory(Name + "-").FullName;
            warnings.Add($"no store-dir, and neither CONNET_STATE_DIR nor STATE_DIRECTORY is set: state is in {(makesNothing ? "a temporary folder" : temporary)}, "
                + "and identity and state will not outlive the process");
            return temporary;
        }

        try
        {
            return Make(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{source}the state folder {folder} cannot be made: {FileProblem.Describe(exception)}");
        }
    }

    /// <exception cref="IOException">It cannot be made.</exception>
    private string Make(string folder)
    {
        if (!makesNothing)
        {
            return Directory.CreateDirectory(folder).FullName;
        }

        for (string? each = Path.GetFullPath(folder); each is not null && !Directory.Exists(each); each = Path.GetDirectoryName(each))
        {
            if (File.Exists(each))
            {
                throw new IOException($"{each} is a file");
            }
        }

        return folder;
    }

    private bool CanUse(string folder)
    {
        try
        {
            if (makesNothing)
            {
                Make(folder);
                return true;
            }

            string probe = Path.Combine(Directory.CreateDirectory(folder).FullName, Path.GetRandomFileName());
            using FileStream file = new(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? Under(string? folder) => folder is null ? null : Path.Combine(folder, Name);

    private string? Platform()
    {
        if (OperatingSystem.IsWindows())
        {
            return Under(Variable("LOCALAPPDATA"));
        }

        string? home = Variable("HOME");
        return home is null ? null : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches", Name) : Path.Combine(home, ".cache", Name);
    }

    private string? Variable(string name) => environment(name) is { Length: > 0 } value ? value : null;
}
