using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Tests;

/// <summary>A logger that keeps its lines.</summary>
internal sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<(int Id, string Text)> _lines = new();
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Count(int id) => _lines.Count(line => line.Id == id);

    public string All => string.Join('\n', _lines.Select(line => line.Text));

    /// <summary>Waits until so many lines contain a text.</summary>
    public async Task WaitForAsync(string text, int times, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task added = Volatile.Read(ref _added).Task;
            if (_lines.Count(line => line.Text.Contains(text, StringComparison.Ordinal)) >= times)
            {
                return;
            }

            await added.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits, not for long, until a line contains a text.</summary>
    public async Task WaitBoundedAsync(string text)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));
        try
        {
            await WaitForAsync(text, 1, patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"No line of the log contains '{text}':\n{All}");
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue((eventId.Id, exception is null ? formatter(state, exception) : $"{formatter(state, exception)}: {exception}"));
        Interlocked.Exchange(ref _added, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
