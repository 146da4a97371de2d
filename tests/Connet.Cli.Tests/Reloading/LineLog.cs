using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Tests.Reloading;

/// <summary>Keeps log lines for a test that waits for them.</summary>
internal sealed class LineLog : ILogger
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public int Waiting => _lines.Reader.Count;

    public async Task<string> NextAsync()
    {
        using CancellationTokenSource limit = new(s_limit);
        return await _lines.Reader.ReadAsync(limit.Token);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Writer.TryWrite($"{logLevel}: {formatter(state, exception)}");
}
