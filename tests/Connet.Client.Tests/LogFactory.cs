using Microsoft.Extensions.Logging;

namespace Connet.Client.Tests;

/// <summary>Gives everybody the same logger.</summary>
internal sealed class LogFactory(ILogger logger) : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => logger;

    public void Dispose()
    {
    }
}
