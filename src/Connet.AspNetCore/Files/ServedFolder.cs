using System.Collections;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Connet.AspNetCore.Files;

/// <summary>
/// A folder as the file server sees it: nothing outside of it, be it by <c>..</c> or by a symbolic link, and no names that begin with a dot, except
/// <c>.well-known</c> at the top (RFC 8615). Links that stay inside are followed.
/// </summary>
internal sealed class ServedFolder : IFileProvider
{
    private const string WellKnown = ".well-known";

    /// <summary>Names that Windows takes for devices, with any extension.</summary>
    private static readonly string[] s_devices = ["CON", "PRN", "AUX", "NUL", "COM", "LPT", "CLOCK$", "CONIN$", "CONOUT$"];

    private readonly string _root;

    /// <param name="root">A folder that exists; relative to the current folder.</param>
    /// <exception cref="IOException">Its path cannot be followed.</exception>
    public ServedFolder(string root) =>
        _root = RealPaths.Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root))) ?? throw new IOException($"The path {root} cannot be followed.");

    /// <summary>Finds what a request names.</summary>
    /// <param name="path">The decoded path of the request.</param>
    /// <returns>Null if there is nothing, or nothing that is served.</returns>
    public ServedFile? Find(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            if (!IsServed(parts[i], isTop: i == 0))
            {
                return null;
            }
        }

        return Open(Path.Combine([_root, .. parts]), parts.Length == 0 ? string.Empty : parts[^1]);
    }

    /// <summary>What is in a folder, in no order.</summary>
    public IEnumerable<ServedFile> List(ServedFile folder)
    {
        bool isTop = folder.RealPath == _root;
        foreach (FileSystemInfo info in new DirectoryInfo(folder.RealPath).EnumerateFileSystemInfos())
        {
            if (IsServed(info.Name, isTop) && Open(info.FullName, info.Name) is { } file)
            {
                yield return file;
            }
        }
    }

    public IFileInfo GetFileInfo(string subpath) =>
        subpath.EndsWith('/') ? new NotFoundFileInfo(subpath) : Find(subpath) is { IsDirectory: false } file ? file : new NotFoundFileInfo(subpath);

    public IDirectoryContents GetDirectoryContents(string subpath) =>
        Find(subpath) is { IsDirectory: true } folder ? new Contents(List(folder)) : NotFoundDirectoryContents.Singleton;

    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    private static bool IsServed(string name, bool isTop)
    {
        if (name.StartsWith('.') && !(isTop && name == WellKnown))
        {
            return false;
        }

        return name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && (!OperatingSystem.IsWindows() || !MeansMoreOnWindows(name));
    }

    private static bool MeansMoreOnWindows(string name) =>
        name.EndsWith('.') || name.EndsWith(' ') || s_devices.Contains(name.Split('.')[0].TrimEnd(' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'), StringComparer.OrdinalIgnoreCase);

    private ServedFile? Open(string path, string name)
    {
        if (RealPaths.Resolve(path) is not { } real || !IsInside(real))
        {
            return null;
        }

        try
        {
            FileInfo info = new(real);
            return info.Exists ? ServedFile.Of(info, name) : Directory.Exists(real) ? ServedFile.Of(new DirectoryInfo(real), name) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private bool IsInside(string real)
    {
        StringComparison comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return real.Equals(_root, comparison)
            || (real.StartsWith(_root, comparison) && (Path.EndsInDirectorySeparator(_root) || real[_root.Length] == Path.DirectorySeparatorChar));
    }

    private sealed class Contents(IEnumerable<ServedFile> files) : IDirectoryContents
    {
        public bool Exists => true;

        public IEnumerator<IFileInfo> GetEnumerator() => files.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
