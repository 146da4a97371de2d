using Connet.Control;
using Connet.Hosting;
using Connet.Protocol;
using Connet.Quic;
using Connet.Relay;
using Connet.Relay.Hosting;
using Microsoft.Extensions.Options;

namespace EmbeddedRelay;

/// <summary>An ordinary web application that happens to run a relay as well.</summary>
internal static class Program
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private static async Task<int> Main(string[] args)
    {
        try
        {
            if (args is ["--check"])
            {
                return await CheckAsync();
            }

            await using WebApplication application = Build(args, configure: null);
            await application.RunAsync();
            return 0;
        }
        catch (Exception exception) when (exception is ConnetException or OptionsValidationException or IOException or OperationCanceledException)
        {
            Console.Error.WriteLine($"failed: {exception.Message}");
            return 1;
        }
    }

    /// <summary>The application. The relay is one line; everything else is as it would be without.</summary>
    private static WebApplication Build(string[] args, Action<RelayServerOptions>? configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.Services.AddConnetRelayServer(builder.Configuration.GetSection("Connet:Relay"), configure);

        WebApplication application = builder.Build();
        application.MapGet("/", () => "An application with a relay; see /relay.");
        application.MapGet("/relay", (RelayServerService relay) => RelayPage.Of(relay.Server));
        return application;
    }

    /// <summary>Runs the application with a control server of its own, reads its page over HTTP, and ends.</summary>
    private static async Task<int> CheckAsync()
    {
        using CancellationTokenSource timeout = new(s_patience);
        (ControlServer control, ReadOnlyMemory<byte> certificate) = await DemoControl.StartAsync(timeout.Token);
        await using ControlServer running = control;
        await using WebApplication application = Build(["--urls", "http://127.0.0.1:0"], options =>
        {
            options.Token = DemoControl.RelayToken;
            options.ControlAddress = control.RelayEndPoints[0].ToString();
            options.ControlCertificateValidation = QuicCertificateValidation.Pinned(certificate);
            options.Ingresses = [new RelayIngressOptions { Address = "127.0.0.1:0", HostPorts = ["127.0.0.1"] }];
        });
        await application.StartAsync(timeout.Token);
        await application.Services.GetRequiredService<RelayServerService>().Server.WaitForControlAsync(timeout.Token);

        string address = application.Urls.First();
        using HttpClient http = new();
        RelayPage? page = await http.GetFromJsonAsync<RelayPage>($"{address}/relay", timeout.Token);
        Console.WriteLine($"{address}/relay says: {page?.Control}, reached at {string.Join(", ", page?.Addresses ?? [])}");

        // The control server lists the relay a moment after it has answered it.
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(10));
        while (control.GetStatus().Relays.Count == 0)
        {
            await poll.WaitForNextTickAsync(timeout.Token);
        }

        Console.WriteLine("the control server knows the relay");
        await application.StopAsync(timeout.Token);
        return page is { Control: nameof(RelayControlState.Connected), Addresses.Count: 1 } ? 0 : 1;
    }
}
