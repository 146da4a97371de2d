using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Connet.Cli.Diagnostics;
using Connet.Client;
using Connet.Control;
using Connet.Hosting;
using Connet.Quic;
using Connet.Relay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Demo;

/// <summary>The whole system in one host: control server, relay, and a client with a destination and a source.</summary>
internal static class DemoRunner
{
    /// <summary>The name that joins the source to the destination.</summary>
    public const string EndpointName = "demo";

    private const string Loopback = "127.0.0.1:0";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Starts everything, fetches the page, and waits for Ctrl-C unless it is to end there.</summary>
    public static async Task RunAsync(ushort port, bool once, bool verbose, CancellationToken cancellationToken)
    {
        LogSink sink = new(Console.Error, hold: false);
        using LineLoggerProvider logs = new(sink, LogFormat.Text, TimeProvider.System);
        HostApplicationBuilder builder = HostRunner.CreateBuilder(verbose ? LogLevel.Information : LogLevel.Error, logs);
        Register(builder.Services, port);
        IHost host = builder.Build();
        await using ConfiguredAsyncDisposable disposal = ((IAsyncDisposable)host).ConfigureAwait(false);
        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        try
        {
            await host.StartAsync(cancellationToken);
            ConnetSource source = host.Services.GetRequiredKeyedService<ConnetSource>(EndpointName);
            Uri address = new($"http://{source.LocalEndPoint}/");
            Print($"control server and relay run in this process; the page is served by a destination without a port");
            Print($"open     {address}");
            await FetchAsync(source, address, lifetime.ApplicationStopping);
            if (!once)
            {
                Print("Ctrl-C ends the demo.");
                await host.WaitForShutdownAsync(cancellationToken);
                return;
            }

            await host.StopAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Ctrl-C before the page was there: disposal ends what has begun.
        }
    }

    private static void Register(IServiceCollection services, ushort port)
    {
        QuicCertificate certificate = DemoCertificate.Create(TimeProvider.System);
        string token = Guid.NewGuid().ToString("N");
        services.AddConnetServer(options =>
        {
            options.ClientIngresses.Add(new ControlIngressOptions { Address = Loopback, Certificate = certificate });
            options.ClientTokens.Add(token);
            options.RelayIngresses.Add(new RelayIngressOptions { Address = Loopback });
        });
        services.AddHostedService<DemoServerAddress>();
        services.AddConnetClient(options =>
            {
                options.Token = token;
                options.ServerCertificateValidation = QuicCertificateValidation.Pinned(certificate.RawLeaf);
                options.DirectAddress = Loopback;
            })
            .AddDestination(EndpointName)
            .AddSource(EndpointName, options => options.Address = string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{port}"));
        services.AddHostedService<DemoPageService>();
    }

    /// <summary>Fetches the page through the tunnel: the connection comes from the source itself, so that its path is known.</summary>
    private static async Task FetchAsync(ConnetSource source, Uri address, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        try
        {
            await source.WaitForPathAsync(limit.Token);
            ConnetConnection? connection = null;
            using SocketsHttpHandler handler = new() { UseProxy = false, ConnectCallback = async (_, token) => connection = await source.DialAsync(token) };
            using HttpClient client = new(handler);
            long started = Stopwatch.GetTimestamp();
            string page = await client.GetStringAsync(address, limit.Token);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            if (!page.Contains(DemoPage.Greeting, StringComparison.Ordinal))
            {
                throw new CommandFailure("the tunnel answered with another page than the demo's");
            }

            string path = connection!.PathKind == ConnetPathKind.Direct ? "direct" : "relay";
            Print(string.Create(CultureInfo.InvariantCulture, $"fetched  {page.Length} bytes through the tunnel, path: {path}, in {elapsed.TotalMilliseconds:F1} ms"));
        }
        catch (HttpRequestException exception)
        {
            throw new CommandFailure($"the page could not be fetched through the tunnel: {(exception.InnerException ?? exception).Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailure($"the page did not come through the tunnel within {s_patience.TotalSeconds} s");
        }
    }

    private static void Print(string line) => Console.Out.WriteLine(line);
}
