using Microsoft.Extensions.Logging;

namespace Connet.Hosting.Diagnostics;

/// <summary>What the combined server logs beside its parts. Event ids are stable.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(1, LogLevel.Error, "The options were not read again, and the old ones stay: {Reason}")]
    public static partial void ReloadFailed(ILogger logger, string reason);
}
