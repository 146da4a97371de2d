namespace Connet.Quic.Tests.Sockets;

internal sealed class LoadTests : SocketFixture
{
    private const int LongLimit = 180_000;

    [Test]
    [CancelAfter(LongLimit)]
    public async Task Bulk_data_both_ways_at_once_arrives_whole(CancellationToken token)
    {
        const long Length = 64 * 1024 * 1024;
        Pair pair = await ConnectAsync(token);
        QuicStream local = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
        Task sending = Task.Run(() => Transfer.SendAsync(local, Length, 1, token), token);
        QuicStream remote = await pair.Server.AcceptInboundStreamAsync(token);
        await Task.WhenAll(
            sending,
            Task.Run(() => Transfer.SendAsync(remote, Length, 2, token), token),
            Task.Run(() => Transfer.ReceiveAsync(local, Length, 2, token), token),
            Task.Run(() => Transfer.ReceiveAsync(remote, Length, 1, token), token));
        await Task.WhenAll(local.WritesClosed, remote.WritesClosed).WaitAsync(token);
    }

    [Test]
    [CancelAfter(LongLimit)]
    public async Task A_thousand_streams_at_a_time_echo(CancellationToken token)
    {
        const int Streams = 1000;
        const int Length = 10_000;
        Pair pair = await ConnectAsync(token, server => server.MaxInboundBidirectionalStreams = Streams);
        Task echoing = Transfer.EchoAsync(pair.Server, Streams, token);
        Task[] exchanges = [.. Enumerable.Range(0, Streams).Select(i => Transfer.ExchangeAsync(pair.Client, Length, (ulong)i, token))];
        await Task.WhenAll([echoing, .. exchanges]);
    }

    [Test]
    [CancelAfter(LongLimit)]
    public async Task Many_streams_share_few_places(CancellationToken token)
    {
        const int Streams = 500;
        Pair pair = await ConnectAsync(token, server => server.MaxInboundBidirectionalStreams = 3);
        Task echoing = Transfer.EchoAsync(pair.Server, Streams, token);
        Task[] exchanges = [.. Enumerable.Range(0, Streams).Select(i => Transfer.ExchangeAsync(pair.Client, 100, (ulong)i, token))];
        await Task.WhenAll([echoing, .. exchanges]);
    }

    [Test]
    [CancelAfter(LongLimit)]
    public async Task Connections_in_waves_leave_nothing_behind(CancellationToken token)
    {
        const int Wave = 50;
        const int WarmUp = 4;
        int waves = TestMachine.Rounds(full: 20, quick: 8);
        const long Bound = 4 * 1024 * 1024;
        QuicEndpoint server = Bind(), client = Bind();
        QuicListener listener = server.Listen(ListenerOptions());
        long before = 0;
        for (int wave = 0; wave < waves; wave++)
        {
            if (wave == WarmUp)
            {
                before = GC.GetTotalMemory(forceFullCollection: true);
            }

            await RunWaveAsync(client, server, listener, Wave, token);
            Assert.That(server.GetStatistics() is { Connections: 0, ConnectionIds: 0 }, $"after wave {wave}: {server.GetStatistics()}");
            Assert.That(client.GetStatistics() is { Connections: 0, ConnectionIds: 0 }, $"after wave {wave}: {client.GetStatistics()}");
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Out.WriteLine($"{(waves - WarmUp) * Wave} connections later: {grown:N0} bytes more");
        Assert.That(grown, Is.LessThan(Bound));
    }

    private static async Task RunWaveAsync(QuicEndpoint client, QuicEndpoint server, QuicListener listener, int count, CancellationToken token)
    {
        Task<QuicConnection>[] dialling = [.. Enumerable.Range(0, count).Select(_ => client.ConnectAsync(ClientOptions(server), token).AsTask())];
        List<QuicConnection> connections = [];
        for (int i = 0; i < count; i++)
        {
            connections.Add(await listener.AcceptConnectionAsync(token));
        }

        connections.AddRange(await Task.WhenAll(dialling));
        await Task.WhenAll(connections.Take(count).Select(async accepted =>
        {
            QuicStream stream = await accepted.OpenOutboundStreamAsync(QuicStreamType.Unidirectional, token);
            await stream.WriteAsync(new byte[100], completeWrites: true, token);
        }));
        await Task.WhenAll(connections.Skip(count).Select(async dialled =>
        {
            await using QuicStream stream = await dialled.AcceptInboundStreamAsync(token);
            await stream.CopyToAsync(Stream.Null, token);
            await dialled.CloseAsync(0, token);
        }));
        await Task.WhenAll(connections.Select(connection => connection.Driver.Drained)).WaitAsync(token);
    }
}
