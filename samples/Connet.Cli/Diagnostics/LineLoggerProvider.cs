using Microsoft.Extensions.Logging;

namespace Connet.Cli.Diagnostics;

/// <summary>Makes loggers that write lines to a sink.</summary>
internal sealed class LineLoggerProvider(LogSink sink, LogFormat format, TimeProvider clock) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(sink, format, clock, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
