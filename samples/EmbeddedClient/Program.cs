using Connet.Client;
using Connet.Hosting;
using Connet.Protocol;
using Connet.Quic;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EmbeddedClient;

/// <summary>One host with a destination that answers and a source that asks.</summary>
internal static class Program
{
    private const string Usage = """
        usage: EmbeddedClient                                     with a server in this process; asks, shows the answer, ends
               EmbeddedClient <server>[:port] <token> [<ca.pem>]  with a server of yours; the file has the certificate to trust
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private static async Task<int> Main(string[] args)
    {
        using CancellationTokenSource timeout = new(s_patience);
        try
        {
            switch (args)
            {
                case []:
                    (ConnetServer server, ReadOnlyMemory<byte> certificate) = await DemoServer.StartAsync(timeout.Token);
                    await using (server)
                    {
                        return await RunAsync(options =>
                        {
                            options.ServerAddress = server.Control.ClientEndPoints[0].ToString();
                            options.ServerCertificateValidation = QuicCertificateValidation.Pinned(certificate);
                            options.Token = DemoServer.Token;
                        }, timeout.Token);
                    }

                case [string address, string token, .. { Length: <= 1 } rest]:
                    return await RunAsync(options =>
                    {
                        options.ServerAddress = address;
                        options.Token = token;
                        options.ServerCaFile = rest is [string file] ? file : null;
                    }, timeout.Token);

                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }
        catch (Exception exception) when (exception is ConnetException or OptionsValidationException or OperationCanceledException)
        {
            Console.Error.WriteLine($"failed: {exception.Message}");
            return 1;
        }
    }

    private static async Task<int> RunAsync(Action<ConnetClientOptions> connect, CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services
            .AddConnetClient(options =>
            {
                options.DirectAddress = ":0";
                options.FailFast = true;
                connect(options);
            })
            .AddDestination(GreetingService.Name)
            .AddSource(GreetingService.Name);
        builder.Services.AddHostedService<GreetingService>();
        builder.Services.AddSingleton<GreetingClient>();

        using IHost host = builder.Build();
        await host.StartAsync(cancellationToken);
        GreetingClient client = host.Services.GetRequiredService<GreetingClient>();
        bool isRight = true;
        foreach (string name in new[] { "world", "Connet" })
        {
            isRight &= await client.AskAsync(name, cancellationToken) == $"hello, {name}";
        }

        await host.StopAsync(cancellationToken);
        return isRight ? 0 : 1;
    }
}
