using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Connet.Tests.Shared;

/// <summary>Keeps what is logged. Compiled into the test projects that ask for it.</summary>
internal sealed class LogLines : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The lines so far: level, event id and text.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel} {eventId.Id} {formatter(state, exception)}");

    /// <summary>How many lines contain all of some texts.</summary>
    public int Count(params string[] parts) => Lines.Count(line => Array.TrueForAll(parts, part => line.Contains(part, StringComparison.Ordinal)));

    public void Dispose()
    {
    }
}
