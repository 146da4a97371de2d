using System.Net.Sockets;
using System.Threading.Channels;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>The listening side of an endpoint with tunnels in memory.</summary>
internal sealed class SourceSetup : IAsyncDisposable
{
    private readonly Channel<FakeTunnel> _fars = Channel.CreateUnbounded<FakeTunnel>();

    public SourceSetup(
        Socket listener,
        EndpointContext context,
        Func<ConnetDialOptions, CancellationToken, ValueTask<ITunnel>>? dial = null,
        Func<Socket, CancellationToken, ValueTask<OuterChannel>>? open = null,
        Func<CancellationToken, ValueTask<Socket>>? accept = null) =>
        Source = new SocketSource("test", listener, dial ?? DialAsync, open ?? ((user, _) => new(new SocketChannel(user))), context, accept);

    public List<FakeTunnel> Nears { get; } = [];

    /// <summary>Whom the dials were for.</summary>
    public List<ConnetDialOptions> Users { get; } = [];

    public SocketSource Source { get; }

    public static async Task<SourceSetup> StartTcpAsync(
        EndpointContext context,
        Func<ConnetDialOptions, CancellationToken, ValueTask<ITunnel>>? dial = null,
        Func<Socket, CancellationToken, ValueTask<OuterChannel>>? open = null) =>
        new(await TcpSockets.ListenAsync(EndpointAddress.Parse("tcp://127.0.0.1:0"), CancellationToken.None), context, dial, open);

    /// <summary>The destination's end of the next connection.</summary>
    public async Task<FakeTunnel> NextAsync()
    {
        using CancellationTokenSource patience = new(SocketPair.Patience);
        return await _fars.Reader.ReadAsync(patience.Token);
    }

    public async Task WaitForCountAsync(int count)
    {
        using CancellationTokenSource patience = new(SocketPair.Patience);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (Source.Count != count)
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    private ValueTask<ITunnel> DialAsync(ConnetDialOptions user, CancellationToken cancellationToken)
    {
        (FakeTunnel near, FakeTunnel far) = FakeTunnel.CreatePair();
        lock (Nears)
        {
            Nears.Add(near);
            Users.Add(user);
        }

        _fars.Writer.TryWrite(far);
        return new ValueTask<ITunnel>(near);
    }
}
