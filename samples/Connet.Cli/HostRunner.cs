using System.Runtime.CompilerServices;
using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Cli.Reloading;
using Connet.Cli.Services;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Cli;

/// <summary>Runs a service in a host until a signal, or until it cannot go on.</summary>
internal static class HostRunner
{
    /// <summary>More than the services take to finish what is open, less than what systems wait before they kill.</summary>
    private static readonly TimeSpan s_shutdownTimeout = TimeSpan.FromSeconds(8);

    /// <summary>A start that takes longer is one that whoever waits for it wants to see.</summary>
    private static readonly TimeSpan s_holdTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A host that reads nothing by itself, and says nothing by itself.</summary>
    public static HostApplicationBuilder CreateBuilder(LogLevel level, ILoggerProvider logs)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(level).AddFilter("Microsoft", LogLevel.None).AddProvider(logs);
        builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = s_shutdownTimeout);
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    /// <summary>Runs a service.</summary>
    /// <exception cref="Exception">It could not start, or could not go on; <see cref="ErrorLine"/> tells why.</exception>
    public static async Task RunAsync(Func<IConnetService> create, SettingsSource source, bool failFast, CancellationToken cancellationToken)
    {
        IConnetService service = create();
        FileWatch watch = new();
        watch.Watch(source.Files);
        LoadedSettings settings = source.Load();
        LogLevel level = LogLine.LevelOf(settings.Root.Text("log-level"));
        LogFormat format = settings.Root.Text("log-format") == "json" ? LogFormat.Json : LogFormat.Text;
        LogSink sink = new(Console.Error, hold: level > LogLevel.Debug) { Level = level };
        await using ITimer release = TimeProvider.System.CreateTimer(_ => sink.Release(), null, s_holdTimeout, Timeout.InfiniteTimeSpan);
        using LineLoggerProvider logs = new(sink, format, TimeProvider.System);
        HostApplicationBuilder builder = CreateBuilder(LogLevel.Trace, logs);
        await using ServiceContext context = new(settings, Environment.GetEnvironmentVariable, builder.Services, failFast);
        StatusService.Register(builder.Services, settings.Root.Single(service.Section));
        await service.RegisterAsync(context, cancellationToken);
        IHost host = builder.Build();
        await using ConfiguredAsyncDisposable disposal = ((IAsyncDisposable)host).ConfigureAwait(false);
        service.Verify(context, host.Services);
        ILogger logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(CliLog.Category);
        CliLog.Starting(logger, service.Describe(settings));
        foreach (string warning in context.Warnings)
        {
            CliLog.Warning(logger, warning);
        }

        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        watch.Watch(source.Files.Concat(service.FilesOf(settings)));
        await using ReloadTrigger trigger = new(watch, TimeProvider.System);
        ServiceReload reload = new(service, create, settings, logger) { Sink = sink };
        Reloader reloader = new(trigger, token => ReloadAsync(reload, service, source, watch, host.Services, token), logger);
        try
        {
            await host.StartAsync(cancellationToken);
            await UntilEndAsync(service, reloader, host.Services, logger, sink, lifetime);
            await host.StopAsync(CancellationToken.None);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // A signal before everything was up: disposal ends what has begun.
        }
    }

    /// <summary>Makes all the checks of a start, and starts nothing.</summary>
    /// <exception cref="Exception">It would not start; <see cref="ErrorLine"/> tells why.</exception>
    public static async ValueTask CheckAsync(IConnetService service, LoadedSettings settings, CancellationToken cancellationToken)
    {
        using LineLoggerProvider logs = new(new LogSink(TextWriter.Null, hold: false), LogFormat.Text, TimeProvider.System);
        HostApplicationBuilder builder = CreateBuilder(LogLevel.None, logs);
        await using ServiceContext context = new(settings, Environment.GetEnvironmentVariable, builder.Services, failFast: false, isCheck: true);
        await service.RegisterAsync(context, cancellationToken);
        IHost host = builder.Build();
        await using ConfiguredAsyncDisposable disposal = ((IAsyncDisposable)host).ConfigureAwait(false);
        service.Verify(context, host.Services);
        host.Services.GetService<IStartupValidator>()?.Validate();
    }

    private static async ValueTask ReloadAsync(
        ServiceReload reload, IConnetService service, SettingsSource source, FileWatch watch, IServiceProvider services, CancellationToken cancellationToken)
    {
        LoadedSettings settings = source.Load();

        // Where new settings name another file, that one counts even if something in it keeps them from taking effect.
        watch.Watch(source.Files.Concat(service.FilesOf(settings)));
        await reload.ApplyAsync(settings, services, cancellationToken);
    }

    private static async Task UntilEndAsync(
        IConnetService service, Reloader reloader, IServiceProvider services, ILogger logger, LogSink sink, IHostApplicationLifetime lifetime)
    {
        TaskCompletionSource stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration signal = lifetime.ApplicationStopping.Register(() => stopping.TrySetResult());
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
        Task completion = service.CompletionOf(services);
        Task announced = service.AnnounceAsync(services, logger, lifetime.ApplicationStopping).AsTask();
        Task reloading = reloader.RunAsync(ended.Token);
        try
        {
            await await Task.WhenAny(announced, completion);
            sink.Release();
            await await Task.WhenAny(stopping.Task, completion);
        }
        finally
        {
            await ended.CancelAsync();
            await reloading;

            // A service that cannot go on may stop the host itself: the reason counts, not the stop.
            if (completion.IsFaulted)
            {
                await completion;
            }
        }

        CliLog.Stopping(logger);
    }
}
