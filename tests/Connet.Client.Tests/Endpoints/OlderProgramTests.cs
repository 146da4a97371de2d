using System.Net.Sockets;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;
using Connet.Client.Tests.Peers;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Quic;

namespace Connet.Client.Tests.Endpoints;

/// <summary>
/// Sockets of ours with an older program at the other end, played by hand: it ends both directions of a stream as soon as it sees the end of either,
/// with its own end and a request to stop sending (protocol.md section 6). What it has said before is not lost by that.
/// </summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class OlderProgramTests(int generation)
{
    /// <summary>More often than the other side permits streams, where it permits few: each gives its place back.</summary>
    private const int Rounds = 5;

    private static readonly EndpointContext s_context = new() { ShutdownTimeout = TimeSpan.FromMilliseconds(200) };

    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;

    [Test]
    public async Task Service_hears_an_older_source_to_its_end([Values] bool serviceHasEnded)
    {
        using Socket listener = SocketPair.Listen();
        await using Accepting side = await Accepting.StartAsync(_generation);
        await using SocketDestination endpoint = (SocketDestination)new TcpScheme().StartDestination(
            side.Destination, EndpointAddress.Parse($"tcp://{listener.LocalEndPoint}"), s_context);
        for (int i = 0; i < Rounds; i++)
        {
            (HandStream stream, _) = await side.Connection.ConnectAsync();
            using Socket service = await listener.AcceptBoundedAsync();
            await ExchangeAsync(service, stream, serviceHasEnded);
            await SocketPair.UntilAsync(() => endpoint.Count == 0);
        }

        await SocketPair.UntilAsync(() => side.Destination.GetStatus().Paths is [{ OpenConnections: 0 }]);
        Assert.That(side.Connection.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task User_hears_an_older_destination_to_its_end([Values] bool userHasEnded)
    {
        // One of them is that of the check.
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, maxStreams: 3);
        await using SocketSource endpoint = (SocketSource)await new TcpScheme().StartSourceAsync(
            paths.Source, EndpointAddress.Parse("tcp://127.0.0.1:0"), s_context, CancellationToken.None);
        for (int i = 0; i < Rounds; i++)
        {
            using Socket user = await SocketPair.ConnectAsync(endpoint.LocalEndPoint);
            (HandStream stream, _) = await paths.Direct.AcceptConnectAsync();
            await ExchangeAsync(user, stream, userHasEnded);
            await SocketPair.UntilAsync(() => endpoint.Count == 0);
        }

        await SocketPair.UntilAsync(() => paths.Source.GetStatus().Paths.All(path => path.OpenConnections == 0));
        Assert.That(paths.Source.GetStatus().Paths, Has.Count.EqualTo(2));
    }

    /// <summary>What the socket says is answered, with more than fits into the buffers on the way, and with the end that older programs make.</summary>
    private static async Task ExchangeAsync(Socket socket, HandStream older, bool socketHasEnded)
    {
        await socket.SendBoundedAsync("hello"u8.ToArray());
        if (socketHasEnded)
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        Assert.That(socketHasEnded ? await older.ReceiveToEndAsync() : await older.ReceiveBytesAsync(5), Is.EqualTo("hello"u8.ToArray()));
        byte[] said = new byte[1_000_000];
        Random.Shared.NextBytes(said);
        Task saying = SayAsync();
        Assert.That((await socket.ReceiveToEndAsync()).AsSpan().SequenceEqual(said), "everything, and an orderly end");
        await saying;
        if (!socketHasEnded)
        {
            // Nobody wants to hear it.
            await socket.SendBoundedAsync([1]);
            socket.Shutdown(SocketShutdown.Send);
        }

        async Task SayAsync()
        {
            await older.SendBytesAsync(said);
            older.Complete();
            older.Reset(0, QuicAbortDirection.Read);
        }
    }
}
