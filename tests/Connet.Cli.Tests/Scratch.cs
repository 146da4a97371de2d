namespace Connet.Cli.Tests;

/// <summary>A folder for one test.</summary>
internal sealed class Scratch : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("connet-cli-").FullName;

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>Writes a file, or replaces it in one step: whoever watches it sees one change.</summary>
    public string Write(string name, string text)
    {
        string fresh = Path($"{name}.fresh");
        File.WriteAllText(fresh, text);
        File.Move(fresh, Path(name), overwrite: true);
        return Path(name);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
