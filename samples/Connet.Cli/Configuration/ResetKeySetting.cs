namespace Connet.Cli.Configuration;

/// <summary>The key for stateless resets that a client was given.</summary>
internal static class ResetKeySetting
{
    private const int KeyLength = 32;

    /// <summary>The key as configured; null if the client makes its own.</summary>
    /// <exception cref="ConfigurationException">Its file cannot be used.</exception>
    public static byte[]? Read(SettingsSection client)
    {
        const string FileSetting = "direct-stateless-reset-key-file";
        if (client.Text(FileSetting) is not { } path)
        {
            return client.Text("direct-stateless-reset-key") is { } text && Base32HexText.TryDecode(text, out byte[] decoded) ? decoded : null;
        }

        try
        {
            byte[] key = File.ReadAllBytes(path);
            return key.Length == KeyLength
                ? key
                : throw new ConfigurationException($"{client.OriginOf(FileSetting)}: {path} has {key.Length} bytes, and such a key has {KeyLength}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{client.OriginOf(FileSetting)}: cannot read {path}: {FileProblem.Describe(exception)}");
        }
    }
}
