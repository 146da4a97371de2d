using Microsoft.Extensions.FileProviders;

namespace Connet.AspNetCore.Files;

/// <summary>
/// A file or folder below the root of the file server. A file without a size is never opened: devices, pipes and the files of <c>/proc</c> are such, and
/// reading one may wait for ever, go on for ever, or do something.
/// </summary>
internal sealed class ServedFile : IFileInfo
{
    private ServedFile(string name, string realPath, long length, bool isDirectory, DateTimeOffset lastModified) =>
        (Name, RealPath, Length, IsDirectory, LastModified) = (name, realPath, length, isDirectory, lastModified);

    public bool Exists => true;

    public long Length { get; }

    public string? PhysicalPath => IsDirectory || Length == 0 ? null : RealPath;

    public string Name { get; }

    public DateTimeOffset LastModified { get; }

    public bool IsDirectory { get; }

    /// <summary>The path without links.</summary>
    public string RealPath { get; }

    public static ServedFile Of(FileInfo info, string name) => new(name, info.FullName, info.Length, isDirectory: false, info.LastWriteTimeUtc);

    public static ServedFile Of(DirectoryInfo info, string name) => new(name, info.FullName, -1, isDirectory: true, info.LastWriteTimeUtc);

    public Stream CreateReadStream() => PhysicalPath is { } path ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : Stream.Null;
}
