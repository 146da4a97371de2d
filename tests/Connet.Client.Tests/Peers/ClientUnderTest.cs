using System.Net;
using Connet.Client.Peers;
using Connet.HandPeer;
using Connet.Quic;

namespace Connet.Client.Tests.Peers;

/// <summary>Our client's peer side on a socket of its own, with the lists given by the test instead of a control server.</summary>
internal sealed class ClientUnderTest : IAsyncDisposable
{
    public static readonly TimeSpan Patience = HandConnection.Patience;

    private readonly List<IAsyncDisposable> _endpoints = [];
    private readonly ConnetClientOptions _options;

    public ClientUnderTest(Action<ConnetClientOptions>? configure = null)
    {
        _options = new ConnetClientOptions { Token = "unused", AnnounceLoopback = true, Metadata = "under test", ShutdownTimeout = TimeSpan.FromSeconds(1) };
        configure?.Invoke(_options);
        QuicEndpointOptions endpoint = new() { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
        _options.ConfigureEndpoint?.Invoke(endpoint);
        Endpoint = QuicEndpoint.Bind(endpoint);
        Network = new PeerNetwork(new ClientContext(Endpoint, _options, Log));
    }

    public LogLines Log { get; } = new();

    public QuicEndpoint Endpoint { get; }

    public PeerNetwork Network { get; }

    public IPEndPoint Address => Endpoint.LocalEndPoint;

    public ConnetSource AddSource(string name = "web", Action<ConnetSourceOptions>? configure = null, Random? random = null)
    {
        ConnetSourceOptions options = new() { Name = name };
        configure?.Invoke(options);
        ConnetSource source = new(options, _options, _ => { }, random);
        _endpoints.Add(source);
        source.Start(Network);
        return source;
    }

    public ConnetDestination AddDestination(string name = "web", Action<ConnetDestinationOptions>? configure = null)
    {
        ConnetDestinationOptions options = new() { Name = name };
        configure?.Invoke(options);
        ConnetDestination destination = new(options, _options, _ => { });
        _endpoints.Add(destination);
        destination.Start(Network);
        return destination;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable endpoint in _endpoints)
        {
            await endpoint.DisposeAsync().AsTask().WaitAsync(Patience);
        }

        await Network.DisposeAsync().AsTask().WaitAsync(Patience);
        await Endpoint.DisposeAsync();
        Assert.That(Log.Count(2090), Is.Zero, Log.All);
    }
}
