using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Connet.Quic.Tests.Sockets;

/// <summary>What an endpoint logs, to be waited for.</summary>
internal sealed class LogCapture : ILoggerFactory, ILogger
{
    private readonly Channel<string> _messages = Channel.CreateUnbounded<string>();

    /// <summary>The next message with a text in it; those before it are dropped.</summary>
    public async Task<string> NextAsync(string containing, CancellationToken token)
    {
        while (true)
        {
            string message = await _messages.Reader.ReadAsync(token);
            if (message.Contains(containing, StringComparison.Ordinal))
            {
                return message;
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _messages.Writer.TryWrite(formatter(state, exception));

    public void Dispose()
    {
    }
}
