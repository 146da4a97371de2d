namespace Connet.EndToEnd.Tests.Processes;

/// <summary>The lines of the command's log that tests wait for, as regular expressions.</summary>
internal static class ConnetLog
{
    /// <summary>The settings are read, and nothing else has been done.</summary>
    public const string Starting = " starting: ";

    /// <summary>The server's sockets are bound, and its relay has joined it.</summary>
    public const string ServerReady = " ready: ";

    /// <summary>The client is authenticated.</summary>
    public const string Connected = " ready: connected to ";

    /// <summary>An endpoint has a direct path to a peer.</summary>
    public static string DirectPath(string endpoint) => $"{endpoint}: direct path to peer .* via [^ ]+ \\(";

    /// <summary>An endpoint has a path to a relay.</summary>
    public static string RelayPath(string endpoint) => $"{endpoint}: path through relay .* via ";
}
