using System.Net;
using System.Net.Sockets;
using System.Text;
using Connet.Client;
using Connet.Client.Endpoints;
using Connet.Testing;

namespace Connet.AspNetCore.Tests;

/// <summary>A network with one source and one destination of the same name, in two clients that know all schemes. Every wait is bounded.</summary>
internal sealed class Scenario : IAsyncDisposable
{
    public const string Name = "web";

    /// <summary>Far longer than anything takes; a test that waits this long has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _patience = new(Patience);
    private readonly List<IDisposable> _clients = [];

    private Scenario(ConnetTestNetwork network) => Network = network;

    public ConnetTestNetwork Network { get; }

    public ConnetTestClient SourceClient { get; private set; } = null!;

    public ConnetTestClient DestinationClient { get; private set; } = null!;

    public ConnetSource Source { get; private set; } = null!;

    public ConnetDestination Destination { get; private set; } = null!;

    /// <summary>Cancelled when the test has taken too long.</summary>
    public CancellationToken Token => _patience.Token;

    /// <summary>Where the source listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)Source.LocalEndPoint!;

    public static async Task<Scenario> StartAsync(ConnetRoute allowed = ConnetRoute.Any, Action<ConnetClientOptions>? configure = null)
    {
        Scenario scenario = new(await ConnetTestNetwork.StartAsync());
        scenario.Network.AllowedRoute = allowed;
        scenario.DestinationClient = await scenario.Network.AddClientAsync("destination", Configure, scenario.Token);
        scenario.SourceClient = await scenario.Network.AddClientAsync("source", Configure, scenario.Token);
        return scenario;

        void Configure(ConnetClientOptions options)
        {
            foreach (IEndpointScheme scheme in AspNetCoreSchemes.All)
            {
                options.Schemes.Add(scheme);
            }

            // For services that count, it would be a matter of the machine's load how many connections a dial makes.
            options.HedgeDelay = Patience;
            configure?.Invoke(options);
        }
    }

    /// <summary>A source and a destination with their addresses, and a path between the two.</summary>
    public static async Task<Scenario> StartAsync(
        string source, string destination, Action<ConnetSourceOptions>? configureSource = null, Action<ConnetDestinationOptions>? configureDestination = null)
    {
        Scenario scenario = await StartAsync();
        scenario.AddDestination(destination, configureDestination);
        await scenario.AddSourceAsync(source, configureSource);
        await scenario.Source.WaitForPathAsync(scenario.Token);
        return scenario;
    }

    public ConnetDestination AddDestination(string? address = null, Action<ConnetDestinationOptions>? configure = null)
    {
        ConnetDestinationOptions options = new() { Name = Name, Address = address };
        configure?.Invoke(options);
        return Destination = DestinationClient.Client.AddDestination(options);
    }

    public async Task<ConnetSource> AddSourceAsync(string? address = null, Action<ConnetSourceOptions>? configure = null)
    {
        ConnetSourceOptions options = new() { Name = Name, Address = address };
        configure?.Invoke(options);
        return Source = await SourceClient.Client.AddSourceAsync(options, Token);
    }

    /// <summary>A client of the address that the source listens at.</summary>
    public HttpClient Http(Action<SocketsHttpHandler>? configure = null, string scheme = "http")
    {
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false };
        configure?.Invoke(handler);
        HttpClient client = new(handler) { BaseAddress = new Uri($"{scheme}://127.0.0.1:{EndPoint.Port}"), Timeout = Patience };
        _clients.Add(client);
        return client;
    }

    /// <summary>Sends bytes to a port and reads all that comes back.</summary>
    public static async Task<string> TalkAsync(int port, string text, CancellationToken cancellationToken)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);
        using MemoryStream answer = new();
        await stream.CopyToAsync(answer, cancellationToken);
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    /// <summary>Waits until something is so, which no event tells.</summary>
    public async Task UntilAsync(Func<bool> condition, string what)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"It did not come to this: {what}");
            }
        }
    }

    /// <summary>Waits until a count stays where it is for a second.</summary>
    /// <param name="count">What grows.</param>
    /// <param name="what">What has happened then.</param>
    /// <param name="noise">It may grow by less than this from one look to the next.</param>
    /// <returns>The count.</returns>
    public async Task<long> UntilStillAsync(Func<long> count, string what, long noise = 1)
    {
        const int Looks = 100;
        long before = -noise;
        int same = 0;
        await UntilAsync(
            () =>
            {
                long now = count();
                same = now - before < noise ? same + 1 : 0;
                before = now;
                return same == Looks;
            },
            what);
        return before;
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Network.DisposeAsync().AsTask().WaitAsync(Patience);
        _patience.Dispose();
    }
}
