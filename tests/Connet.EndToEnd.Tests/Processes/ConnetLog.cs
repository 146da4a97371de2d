namespace Connet.EndToEnd.Tests.Processes;

/// <summary>The lines of the command's log that tests wait for, as regular expressions.</summary>
internal static class ConnetLog
{
    /// <summary>The server's sockets are bound.</summary>
    public const string ServerReady = "(?i)listening|started";

    /// <summary>The client is authenticated.</summary>
    public const string Connected = "(?i)connected to";

    public static string Path(string endpoint, string kind) => $"(?i){endpoint}.*{kind}";
}
