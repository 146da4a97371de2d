namespace Connet.Cli.Configuration;

/// <summary>Finds the tokens of a section. Whatever goes wrong, no error shows one.</summary>
internal static class SecretText
{
    /// <summary>The one token of a client or relay: from its file, else as written, else from the environment.</summary>
    /// <param name="section">The section with <c>token</c> and <c>token-file</c>; flags are in it already.</param>
    /// <param name="name">What the section is called, for the error.</param>
    /// <param name="environment">The value of the environment variable; null where none counts.</param>
    /// <exception cref="ConfigurationException">There is none, or its file cannot be used.</exception>
    public static string Token(SettingsSection section, string name, string? environment = null)
    {
        string? token = section.Text("token-file") is { } path
            ? FirstLine(path, section.OriginOf("token-file"))
            : section.Text("token") ?? environment;
        return !string.IsNullOrEmpty(token)
            ? token
            : throw new ConfigurationException($"{Place(section, name)} needs a token: give token or token-file there, or --token or --token-file"
                + (name == "client" ? ", or set CONNET_TOKEN" : ""));
    }

    /// <summary>The tokens that a server accepts: from their file, else as written.</summary>
    /// <returns>The tokens in order; none if the keys are not set.</returns>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public static IReadOnlyList<string> Tokens(SettingsSection section, string key)
    {
        if (section.Text(key + "-file") is not { } path)
        {
            return section.List(key);
        }

        Origin origin = section.OriginOf(key + "-file");
        string[] tokens = [.. Lines(path, origin).Where(line => line.Length > 0)];
        return tokens.Length > 0 ? tokens : throw new ConfigurationException($"{origin}: {path} has no token");
    }

    /// <summary>For the start of an error about a section as a whole.</summary>
    public static string Place(SettingsSection section, string name) =>
        section.Origin.File is { } file ? $"{file}: [{name}]" : name == "client" ? "the client" : $"connet {name}";

    private static string FirstLine(string path, Origin origin) =>
        Lines(path, origin) is [{ Length: > 0 } first, ..] ? first : throw new ConfigurationException($"{origin}: the first line of {path} is empty, and should be the token");

    private static string[] Lines(string path, Origin origin)
    {
        try
        {
            return [.. File.ReadAllLines(path).Select(line => line.Trim())];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{origin}: cannot read {path}: {FileProblem.Describe(exception)}");
        }
    }
}
