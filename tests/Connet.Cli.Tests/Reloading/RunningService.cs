using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Cli.Reloading;
using Connet.Cli.Services;
using Connet.Cli.Tests.Configuration;
using Connet.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Tests.Reloading;

/// <summary>A service of a command in this process, which takes other settings as text.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private readonly KeptLines _log;
    private readonly CancellationTokenSource _end = new();
    private readonly IHost _host;
    private readonly ServiceContext _context;
    private readonly ServiceReload _reload;
    private readonly Task _announced;

    private RunningService(IHost host, ServiceContext context, IConnetService service, Func<IConnetService> create, LoadedSettings settings, LogSink sink, KeptLines log)
    {
        (_host, _context, Sink, _log) = (host, context, sink, log);
        ILogger logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(CliLog.Category);
        _reload = new ServiceReload(service, create, settings, logger) { Sink = sink };
        _announced = service.AnnounceAsync(host.Services, logger, _end.Token).AsTask();
    }

    public LogSink Sink { get; }

    /// <summary>Where a source of the start listens.</summary>
    public IPEndPoint SourceEndPoint(string name) => (IPEndPoint)_host.Services.GetRequiredKeyedService<ConnetSource>(name).LocalEndPoint!;

    /// <summary>Starts a service; a folder stands for what outlives it.</summary>
    public static async Task<RunningService> StartAsync(Func<IConnetService> create, string folder, string toml)
    {
        LoadedSettings settings = Settings.Load(toml);
        KeptLines log = new();
        LogSink sink = new(log, hold: false);
        HostApplicationBuilder builder = HostRunner.CreateBuilder(LogLevel.Trace, new LineLoggerProvider(sink, LogFormat.Text, TimeProvider.System));
        sink.Level = LogLevel.Information;
        ServiceContext context = new(settings, name => name == "CONNET_CACHE_DIR" ? folder : null, builder.Services, failFast: false);
        IConnetService service = create();
        await service.RegisterAsync(context, CancellationToken.None);
        IHost host = builder.Build();
        service.Verify(context, host.Services);
        await host.StartAsync();
        return new RunningService(host, context, service, create, settings, sink, log);
    }

    /// <summary>Puts settings into effect.</summary>
    /// <returns>The lines that this has logged, without their times.</returns>
    public async Task<string[]> ReloadAsync(string toml)
    {
        int before = _log.All.Count;
        await _reload.ApplyAsync(Settings.Load(toml), _host.Services, CancellationToken.None);
        return [.. _log.All.Skip(before).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        try
        {
            await _announced;
        }
        catch (OperationCanceledException)
        {
            // A client that has found no server.
        }

        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        await _context.DisposeAsync();
        _end.Dispose();
    }

    private sealed class KeptLines : TextWriter
    {
        public ConcurrentQueue<string> All { get; } = [];

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value) => All.Enqueue(value ?? "");
    }
}
