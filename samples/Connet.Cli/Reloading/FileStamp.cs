namespace Connet.Cli.Reloading;

/// <summary>What tells one state of a file from another without reading it. Links are followed.</summary>
/// <param name="Written">When it was last written; the default if it cannot be opened.</param>
/// <param name="Length">Its bytes.</param>
internal readonly record struct FileStamp(DateTime Written, long Length)
{
    /// <summary>The stamp of a file as it is now; the default if it cannot be opened.</summary>
    public static FileStamp Of(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return new FileStamp(File.GetLastWriteTimeUtc(file.SafeFileHandle), file.Length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
