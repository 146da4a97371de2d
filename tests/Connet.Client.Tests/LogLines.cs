using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Tests;

/// <summary>A logger that keeps its lines.</summary>
internal sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<(int Id, string Text)> _lines = new();

    public int Count(int id) => _lines.Count(line => line.Id == id);

    public string All => string.Join('\n', _lines.Select(line => line.Text));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId.Id, formatter(state, exception)));
}
