using System.Security.Cryptography;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>A network with one source and one destination of the same name, in two clients. Every wait is bounded.</summary>
internal sealed class Scenario : IAsyncDisposable
{
    public const string Name = "service";

    /// <summary>Far longer than anything takes; a test that waits this long has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _patience = new(Patience);
    private readonly List<Task> _serving = [];

    private Scenario(ConnetTestNetwork network) => Network = network;

    public ConnetTestNetwork Network { get; }

    public ConnetTestClient SourceClient { get; private set; } = null!;

    public ConnetTestClient DestinationClient { get; private set; } = null!;

    public ConnetSource Source { get; private set; } = null!;

    public ConnetDestination Destination { get; private set; } = null!;

    /// <summary>Cancelled when the test has taken too long.</summary>
    public CancellationToken Token => _patience.Token;

    /// <summary>Starts a network, and waits for a path.</summary>
    /// <param name="allowed">The routes that the network lets through.</param>
    /// <param name="configure">Changes the network's options.</param>
    /// <param name="source">Changes the source's options.</param>
    /// <param name="destination">Changes the destination's options.</param>
    /// <param name="hedges">
    /// Whether a dial that is not answered soon tries another path too, as tests need that take paths away. For the others it would be a matter of the
    /// machine's load how many connections arrive.
    /// </param>
    public static async Task<Scenario> StartAsync(
        ConnetRoute allowed = ConnetRoute.Any,
        Action<ConnetTestNetworkOptions>? configure = null,
        Action<ConnetSourceOptions>? source = null,
        Action<ConnetDestinationOptions>? destination = null,
        bool hedges = false)
    {
        ConnetTestNetworkOptions options = new();
        configure?.Invoke(options);
        if (!hedges)
        {
            options.ConfigureClient = (Action<ConnetClientOptions>)NeverHedge + options.ConfigureClient;
        }

        using CancellationTokenSource patience = new(Patience);
        Scenario scenario = new(await ConnetTestNetwork.StartAsync(options, patience.Token));
        scenario.Network.AllowedRoute = allowed;
        scenario.DestinationClient = await scenario.Network.AddClientAsync("destination", null, scenario.Token);
        scenario.SourceClient = await scenario.Network.AddClientAsync("source", null, scenario.Token);
        scenario.AddDestination(destination);
        ConnetSourceOptions sourceOptions = new() { Name = Name };
        source?.Invoke(sourceOptions);
        scenario.Source = await scenario.SourceClient.Client.AddSourceAsync(sourceOptions, scenario.Token);
        await scenario.Source.WaitForPathAsync(scenario.Token);
        return scenario;
    }

    /// <summary>A dial is given all the time that a test has before another path is tried beside it.</summary>
    public static void NeverHedge(ConnetClientOptions options) => options.HedgeDelay = Patience;

    /// <summary>For tests that take paths away and yet name or count those that answer: a path that is there answers before, on a busy machine too.</summary>
    public static void HedgeLate(ConnetClientOptions options) => options.HedgeDelay = TimeSpan.FromSeconds(1);

    /// <summary>Writes to a connection that nobody reads at the other end until it takes no more, which is long before a gigabyte.</summary>
    public void CheckWritesStop(ConnetConnection connection)
    {
        using CancellationTokenSource stalled = CancellationTokenSource.CreateLinkedTokenSource(Token);
        stalled.CancelAfter(TimeSpan.FromSeconds(1));
        byte[] piece = new byte[64 * 1024];
        long sent = 0;
        Assert.That(async () =>
        {
            while (sent < 1L << 30)
            {
                await connection.WriteAsync(piece, stalled.Token);
                sent += piece.Length;
            }
        }, Throws.InstanceOf<OperationCanceledException>(), "a gigabyte was taken");
        Assert.That(sent, Is.LessThan(100_000_000));
    }

    /// <summary>The destination anew, as after a restart of its client.</summary>
    public void AddDestination(Action<ConnetDestinationOptions>? configure = null)
    {
        ConnetDestinationOptions options = new() { Name = Name, AcceptBacklog = 1024 };
        configure?.Invoke(options);
        Destination = DestinationClient.Client.AddDestination(options);
    }

    /// <summary>Everything that arrives is sent back; the end is answered by the end.</summary>
    public Scenario Echo()
    {
        _serving.Add(EchoAllAsync(Destination));
        return this;
    }

    public async Task<ConnetConnection> DialAsync() => await Source.DialAsync(Token);

    public async Task<ConnetConnection> AcceptAsync() => await Destination.AcceptAsync(Token);

    /// <summary>A connection with both of its ends.</summary>
    public async Task<(ConnetConnection Source, ConnetConnection Destination)> ConnectAsync()
    {
        Task<ConnetConnection> accepting = AcceptAsync();
        return (await DialAsync(), await accepting);
    }

    /// <summary>Sends bytes, ends, and checks that the same bytes and the end come back.</summary>
    public async Task CheckEchoAsync(ConnetConnection connection, int length)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(length);
        Task writing = WriteAsync();
        byte[] received = await ReadToEndAsync(connection);
        await writing;
        Assert.That(received.AsSpan().SequenceEqual(sent), $"{received.Length} bytes came back, of {length}");

        async Task WriteAsync()
        {
            await connection.WriteAsync(sent, Token);
            connection.CompleteWrites();
        }
    }

    public async Task<byte[]> ReadToEndAsync(Stream stream)
    {
        using MemoryStream bytes = new();
        await stream.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    public async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, Token);
        return bytes;
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

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync().AsTask().WaitAsync(Patience);
        await Task.WhenAll(_serving).WaitAsync(Patience);
        _patience.Dispose();
    }

    private static async Task EchoAllAsync(ConnetDestination destination)
    {
        List<Task> echoing = [];
        await foreach (ConnetConnection connection in destination.AcceptAllAsync())
        {
            echoing.Add(EchoAsync(connection));
        }

        await Task.WhenAll(echoing);
    }

    private static async Task EchoAsync(ConnetConnection connection)
    {
        await using (connection)
        {
            try
            {
                await connection.CopyToAsync(connection);
            }
            catch (IOException)
            {
                // The other side, or the path, ended it.
            }
        }
    }
}
