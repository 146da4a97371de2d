using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connet.AspNetCore.Diagnostics;

/// <summary>
/// What an endpoint's web server logs goes where the endpoint logs to: all of what this package says, and of what it is made of only errors. A proxied
/// request is none of the application's own, and what goes wrong with it is said by <see cref="AspNetCoreLog"/>.
/// </summary>
internal sealed class EndpointLoggerFactory(ILogger logger) : ILoggerFactory
{
    private const string OwnCategories = "Connet.";

    /// <summary>The forwarder reports each failed request, which is said already.</summary>
    private const string ForwarderCategories = "Yarp.";

    private readonly ErrorLogger _errors = new(logger);

    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith(OwnCategories, StringComparison.Ordinal) ? logger
        : categoryName.StartsWith(ForwarderCategories, StringComparison.Ordinal) ? NullLogger.Instance
        : _errors;

    public void AddProvider(ILoggerProvider provider)
    {
        // There is one place to log to.
    }

    public void Dispose()
    {
        // The logger is the application's.
    }

    private sealed class ErrorLogger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error && inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
