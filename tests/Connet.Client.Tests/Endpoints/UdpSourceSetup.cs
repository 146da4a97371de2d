using System.Net;
using System.Threading.Channels;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;
using Connet.Protocol;

namespace Connet.Client.Tests.Endpoints;

/// <summary>A source of datagrams with flows in memory, and a clock that stands still.</summary>
internal sealed class UdpSourceSetup : IAsyncDisposable
{
    private readonly Channel<FakeDatagramTunnel> _dialled = Channel.CreateUnbounded<FakeDatagramTunnel>();
    private UdpSource _source = null!;
    private int _dials;

    public ManualTimers Clock { get; } = new();

    public LogLines Log { get; } = new();

    public EndPoint EndPoint => _source.LocalEndPoint;

    public int Count => _source.Count;

    /// <summary>How many dials there were.</summary>
    public int Dials => Volatile.Read(ref _dials);

    /// <summary>What dials wait for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Why dials fail; null while they do not.</summary>
    public string? Failure { get; set; }

    public static async Task<UdpSourceSetup> StartAsync(int maxConnections = 4096, string address = "udp://127.0.0.1:0")
    {
        UdpSourceSetup setup = new();
        EndpointContext context = new() { TimeProvider = setup.Clock, Logger = setup.Log, MaxConnections = maxConnections };
        setup._source = new UdpSource(
            "test", await UdpSockets.BindAsync(EndpointAddress.Parse(address), CancellationToken.None), setup.DialAsync, context);
        return setup;
    }

    /// <summary>The flow of the next dial that has succeeded.</summary>
    public async Task<FakeDatagramTunnel> NextAsync()
    {
        using CancellationTokenSource patience = new(SocketPair.Patience);
        return await _dialled.Reader.ReadAsync(patience.Token);
    }

    /// <summary>Waits until so many dials have begun.</summary>
    public Task DialsAsync(int count) => SocketPair.UntilAsync(() => Dials >= count);

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async ValueTask<IDatagramTunnel> DialAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _dials);
        await Gate.WaitAsync(cancellationToken);
        if (Failure is { } failure)
        {
            throw new ProtocolException(ProtocolErrorCode.DestinationNotFound, failure);
        }

        FakeDatagramTunnel tunnel = new();
        _dialled.Writer.TryWrite(tunnel);
        return tunnel;
    }
}
