using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>What a connection does, on each kind of path.</summary>
[TestFixture(ConnetRoute.Direct)]
[TestFixture(ConnetRoute.Relay)]
public sealed class RouteTests(ConnetRoute route)
{
    private ConnetPathKind Kind => route == ConnetRoute.Direct ? ConnetPathKind.Direct : ConnetPathKind.Relay;

    [Test]
    public async Task Bytes_arrive_encrypted_on_the_path_that_is_left()
    {
        await using Scenario scenario = await Scenario.StartAsync(route);
        scenario.Echo();
        await using ConnetConnection connection = await scenario.DialAsync();
        Assert.That((connection.PathKind, connection.IsEncrypted), Is.EqualTo((Kind, true)));
        await scenario.CheckEchoAsync(connection, 3_000_000);
    }

    [Test]
    public async Task A_half_closed_connection_still_gets_its_answer()
    {
        await using Scenario scenario = await Scenario.StartAsync(route);
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        await source.WriteAsync(new byte[] { 1, 2, 3 }, scenario.Token);
        source.CompleteWrites();
        Assert.That(await scenario.ReadToEndAsync(destination), Is.EqualTo(new byte[] { 1, 2, 3 }));
        await destination.WriteAsync(new byte[] { 4, 5 }, scenario.Token);
        destination.CompleteWrites();
        Assert.That(await scenario.ReadToEndAsync(source), Is.EqualTo(new byte[] { 4, 5 }));
        await source.DisposeAsync();
        await destination.DisposeAsync();
    }

    [Test]
    public async Task A_reset_crosses_with_its_code_in_both_directions()
    {
        await using Scenario scenario = await Scenario.StartAsync(route);
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        source.Abort(7);
        Assert.That(async () => await scenario.ReadToEndAsync(destination), Throws.TypeOf<ConnetConnectionException>().With.Property("ErrorCode").EqualTo(7));

        (source, destination) = await scenario.ConnectAsync();
        await source.WriteAsync(new byte[] { 1 }, scenario.Token);
        await scenario.ReadAsync(destination, 1);
        destination.Abort(9);
        Assert.That(async () => await scenario.ReadToEndAsync(source), Throws.TypeOf<ConnetConnectionException>().With.Property("ErrorCode").EqualTo(9));
    }

    [Test]
    public async Task A_refusal_reaches_the_source_with_its_reason()
    {
        await using Scenario scenario = await Scenario.StartAsync(route);
        using CancellationTokenSource answered = CancellationTokenSource.CreateLinkedTokenSource(scenario.Token);
        Task refusing = RefuseAsync();
        Assert.That(
            async () => await scenario.DialAsync(), Throws.InstanceOf<Protocol.ProtocolException>().With.Message.Contains("closed on Sundays"));
        await answered.CancelAsync();
        Assert.That(async () => await refusing, Throws.InstanceOf<OperationCanceledException>());

        // A source may ask again: somebody else may have the name by then.
        async Task RefuseAsync()
        {
            while (true)
            {
                await using ConnetConnectionRequest request = await scenario.Destination.AcceptRequestAsync(answered.Token);
                await request.RefuseAsync("closed on Sundays", scenario.Token);
            }
        }
    }

    [Test]
    public async Task A_reader_that_does_not_read_stops_the_sender_and_nobody_else()
    {
        await using Scenario scenario = await Scenario.StartAsync(route);
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        scenario.CheckWritesStop(source);

        scenario.Echo();
        await using ConnetConnection other = await scenario.DialAsync();
        await scenario.CheckEchoAsync(other, 200_000);
        source.Abort(0);
        await destination.DisposeAsync();
    }

    [Test]
    public async Task Two_hundred_readers_that_do_not_read_leave_the_others_untouched()
    {
        await using Scenario scenario = await Scenario.StartAsync(route);
        List<(ConnetConnection Source, ConnetConnection Destination)> stalled = [];
        for (int i = 0; i < 200; i++)
        {
            stalled.Add(await scenario.ConnectAsync());
        }

        // Far more than a window: half of them are held up on the way to the destination, half on the way to the source.
        byte[] much = new byte[8 * 1024 * 1024];
        Task[] writes = [.. stalled.Select((pair, i) => (i % 2 == 0 ? pair.Source : pair.Destination).WriteAsync(much, scenario.Token).AsTask())];
        scenario.Echo();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => EchoAsync(300_000)));
        await EchoAsync(3_000_000);
        Assert.That(writes.Count(write => write.IsCompleted), Is.Zero, "backpressure holds");

        // Each goes on where it stopped.
        (ConnetConnection first, ConnetConnection second) = stalled[0];
        Assert.That((await scenario.ReadAsync(second, much.Length)).AsSpan().ContainsAnyExcept((byte)0), Is.False);
        await writes[0];
        foreach ((ConnetConnection source, ConnetConnection destination) in stalled)
        {
            source.Abort(0);
            await source.DisposeAsync();
            await destination.DisposeAsync();
        }

        Assert.That(async () => await Task.WhenAll(writes), Throws.InstanceOf<IOException>());
        await NothingIsOpenAsync(scenario);

        async Task EchoAsync(int length)
        {
            await using ConnetConnection other = await scenario.DialAsync();
            await scenario.CheckEchoAsync(other, length);
        }
    }

    [Test]
    public async Task Very_many_connections_are_open_at_once()
    {
        await using Scenario scenario = await Scenario.StartAsync(route);
        scenario.Echo();
        ConnetConnection[] connections = await Task.WhenAll(Enumerable.Range(0, TestMachine.Rounds(full: 1000, quick: 300)).Select(_ => scenario.DialAsync()));
        await Task.WhenAll(connections.Select(connection => scenario.CheckEchoAsync(connection, 1000)));
        Assert.That(connections.Select(connection => connection.PathKind).Distinct(), Is.EqualTo(new[] { Kind }));
        await Task.WhenAll(connections.Select(connection => connection.DisposeAsync().AsTask()));
        await NothingIsOpenAsync(scenario);
    }

    private static async Task NothingIsOpenAsync(Scenario scenario)
    {
        await scenario.UntilAsync(() => Open(scenario.Source.GetStatus()) == 0, "the source has no open connection");
        await scenario.UntilAsync(() => Open(scenario.Destination.GetStatus()) == 0, "the destination has no open connection");
        await scenario.UntilAsync(() => scenario.Network.Relays[0].Server.GetStatus().ActiveStreams == 0, "the relay forwards nothing");

        static int Open(ConnetEndpointStatus status) => status.Paths.Sum(path => path.OpenConnections);
    }
}
