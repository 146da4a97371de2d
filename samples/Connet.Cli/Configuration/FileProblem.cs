namespace Connet.Cli.Configuration;

/// <summary>Why a file cannot be used, in a few words.</summary>
internal static class FileProblem
{
    /// <summary>The reason, without the path, which the sentence around it names.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file",
        UnauthorizedAccessException => "access denied or not a file",
        _ => exception.Message.ReplaceLineEndings(" ").TrimEnd('.'),
    };
}
