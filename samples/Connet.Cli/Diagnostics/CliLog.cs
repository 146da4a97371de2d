using Microsoft.Extensions.Logging;

namespace Connet.Cli.Diagnostics;

/// <summary>What the command itself logs. Scripts wait for these lines: they stay as they are.</summary>
internal static partial class CliLog
{
    /// <summary>The category of these lines.</summary>
    public const string Category = "connet";

    [LoggerMessage(1, LogLevel.Warning, "{Warning}")]
    public static partial void Warning(ILogger logger, string warning);

    [LoggerMessage(2, LogLevel.Information, "{Role}: {Places}")]
    public static partial void Running(ILogger logger, string role, string places);

    [LoggerMessage(3, LogLevel.Information, "source {Name}: listening on {Address}")]
    public static partial void SourceListens(ILogger logger, string name, string address);

    [LoggerMessage(4, LogLevel.Information, "destination {Name}: forwards to {Address}")]
    public static partial void DestinationForwards(ILogger logger, string name, string address);

    [LoggerMessage(5, LogLevel.Information, "ready: {What}")]
    public static partial void Ready(ILogger logger, string what);

    [LoggerMessage(6, LogLevel.Information, "stopping")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(7, LogLevel.Information, "reloaded: the new settings hold")]
    public static partial void Reloaded(ILogger logger);

    [LoggerMessage(8, LogLevel.Error, "not reloaded, the old settings hold: {Reason}")]
    public static partial void ReloadFailed(ILogger logger, string reason);

    [LoggerMessage(9, LogLevel.Warning, "changed, and in effect after the next start: {Keys}")]
    public static partial void NeedsRestart(ILogger logger, string keys);

    [LoggerMessage(10, LogLevel.Information, "{Role} {Name}: removed")]
    public static partial void EndpointRemoved(ILogger logger, string role, string name);

    [LoggerMessage(11, LogLevel.Error, "{Role} {Name}: not added: {Reason}")]
    public static partial void EndpointFailed(ILogger logger, string role, string name, string reason);

    [LoggerMessage(12, LogLevel.Information, "{Name}: {Folder} is served at {Address} too")]
    public static partial void FolderServed(ILogger logger, string name, string folder, string address);

    [LoggerMessage(13, LogLevel.Information, "status: {Address}")]
    public static partial void StatusServed(ILogger logger, string address);

    [LoggerMessage(14, LogLevel.Information, "starting: {What}")]
    public static partial void Starting(ILogger logger, string what);
}
