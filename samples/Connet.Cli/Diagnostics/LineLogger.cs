using Microsoft.Extensions.Logging;

namespace Connet.Cli.Diagnostics;

/// <summary>Writes records of one category to a sink.</summary>
internal sealed class LineLogger(LogSink sink, LogFormat format, TimeProvider clock, string category) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= sink.Level;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            string line = LogLine.Format(format, clock.GetUtcNow(), logLevel, category, eventId, formatter(state, exception), exception);
            sink.Write(line, releases: logLevel == LogLevel.Warning && category != CliLog.Category);
        }
    }
}
