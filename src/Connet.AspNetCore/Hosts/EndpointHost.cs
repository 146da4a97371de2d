using System.Net;
using System.Text;
using Connet.AspNetCore.Diagnostics;
using Connet.AspNetCore.Transport;
using Connet.Client;
using Connet.Client.Endpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connet.AspNetCore.Hosts;

/// <summary>
/// The web server of one endpoint: at a socket address, or over the connections of a destination. It takes nothing from the environment or from files of
/// the application around it.
/// </summary>
internal sealed class EndpointHost : IEndpointListener
{
    /// <summary>What the services behind proxies commonly take of a request line, and of all headers, in bytes.</summary>
    private const int MaxRequestLine = 32 * 1024;

    /// <inheritdoc cref="MaxRequestLine"/>
    private const int MaxRequestHeaders = 64 * 1024;

    private readonly string _name;
    private readonly EndpointContext _context;
    private readonly WebApplication _app;
    private readonly SocketListenerFactory? _sockets;
    private readonly IDisposable? _owned;
    private Task _starting = Task.CompletedTask;
    private int _isDisposed;

    private EndpointHost(string name, EndpointContext context, WebApplication app, SocketListenerFactory? sockets, IDisposable? owned) =>
        (_name, _context, _app, _sockets, _owned) = (name, context, app, sockets, owned);

    /// <summary>Where it listens; null over a destination, and before the start.</summary>
    public EndPoint? LocalEndPoint => _sockets?.LocalEndPoint;

    /// <summary>Starts a server at a socket address.</summary>
    /// <param name="name">The endpoint's name, for the log.</param>
    /// <param name="address">Where to listen.</param>
    /// <param name="setup">What is served.</param>
    /// <param name="context">Limits, the clock, and where to log to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConnetEndpointException">The address cannot be taken. The server and what it owns are disposed of.</exception>
    public static async ValueTask<EndpointHost> ListenAsync(
        string name, ListenAddress address, EndpointHostSetup setup, EndpointContext context, CancellationToken cancellationToken)
    {
        SocketListenerFactory sockets = new(name, context);
        EndpointHost? host = null;
        try
        {
            IPEndPoint endPoint = await address.ResolveAsync(cancellationToken).ConfigureAwait(false);
            host = Create(name, endPoint, sockets, setup, context);
            await host._app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (host is not null)
            {
                await host.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                setup.Owned?.Dispose();
            }

            if (address.Explain(exception) is { } explained)
            {
                throw explained;
            }

            throw;
        }

        AspNetCoreLog.Listening(context.Logger, name, host.LocalEndPoint);
        return host;
    }

    /// <summary>Serves the connections of a destination. The start goes on in the background; nothing about it takes time, and little can fail.</summary>
    public static EndpointHost Serve(ConnetDestination destination, EndpointHostSetup setup, EndpointContext context)
    {
        ConnetDestinationEndPoint endPoint = new(destination) { MaxConnections = context.MaxConnections };
        EndpointHost host = Create(destination.Name, endPoint, null, setup, context);
        host._starting = Task.Run(host.StartAsync);
        return host;
    }

    /// <summary>Accepts no more, lets what is open finish within the time for shutdown, and ends the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _starting.ConfigureAwait(false);
        using CancellationTokenSource timeout = new(_context.ShutdownTimeout, _context.TimeProvider);
        try
        {
            await _app.StopAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Time is up: what was open has been ended.
        }

        if (timeout.IsCancellationRequested && _context.ShutdownTimeout > TimeSpan.Zero)
        {
            AspNetCoreLog.Aborted(_context.Logger, _name);
        }

        await _app.DisposeAsync().ConfigureAwait(false);
        _owned?.Dispose();
    }

    private static EndpointHost Create(string name, EndPoint endPoint, SocketListenerFactory? sockets, EndpointHostSetup setup, EndpointContext context)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "Connet.AspNetCore",
            EnvironmentName = Environments.Production,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseKestrelCore();
        IServiceCollection services = builder.Services;
        services.AddSingleton<ILoggerFactory>(new EndpointLoggerFactory(context.Logger));
        services.AddSingleton<IHostLifetime, NoLifetime>();

        // The time for shutdown is kept here, by the endpoint's clock.
        services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        services.Configure<KestrelServerOptions>(options => Configure(options, endPoint, setup));
        if (sockets is null)
        {
            services.AddSingleton<IConnectionListenerFactory, DestinationListenerFactory>();
        }
        else
        {
            services.AddSingleton<IConnectionListenerFactory>(sockets);
        }

        setup.Services?.Invoke(services);
        WebApplication app = builder.Build();
        setup.Pipeline(app);
        return new EndpointHost(name, context, app, sockets, setup.Owned);
    }

    private static void Configure(KestrelServerOptions options, EndPoint endPoint, EndpointHostSetup setup)
    {
        options.AddServerHeader = false;

        // Bytes of headers pass as they are.
        options.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;

        // How large or how slow a body may be is the business of the two ends; a slow reader holds the sender back.
        options.Limits.MaxRequestLineSize = MaxRequestLine;
        options.Limits.MaxRequestHeadersTotalSize = MaxRequestHeaders;
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Listen(endPoint, listen =>
        {
            listen.Protocols = setup.Protocols;
            if (setup.Tls is { } tls)
            {
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls.Current) });
            }
        });
    }

    private async Task StartAsync()
    {
        try
        {
            await _app.StartAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody awaits this before disposal.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            AspNetCoreLog.StartFailed(_context.Logger, exception, _name);
        }
    }
}
