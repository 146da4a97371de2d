using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connet.Client.Endpoints;

/// <summary>What a scheme needs besides the endpoint and its address.</summary>
public sealed record EndpointContext
{
    /// <summary>How long reaching the service of a destination may take; zero: without end. Dials of a source bound themselves.</summary>
    public TimeSpan DialTimeout { get; init; }

    /// <summary>How many connections may be open at once.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>How long a flow of datagrams may go without one before it ends.</summary>
    public TimeSpan FlowIdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long open connections may go on after disposal has begun.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>TLS towards the programs or the service beside the endpoint.</summary>
    public EndpointTlsOptions Tls { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where to log to.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
