using System.Security.Cryptography;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>Every encryption through a real relay: nothing of what a connection can do depends on it.</summary>
[TestFixture("tls")]
[TestFixture("dhxcp")]
[TestFixture("none")]
public sealed class RelayEncryptionTests(string encryption)
{
    private static readonly int s_transfer = TestMachine.Rounds(full: 64, quick: 16) * 1024 * 1024;

    [Test]
    public async Task Megabytes_cross_in_both_directions_at_once()
    {
        await using Scenario scenario = await StartAsync();
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        Assert.That((source.PathKind, source.IsEncrypted, destination.IsEncrypted), Is.EqualTo((ConnetPathKind.Relay, encryption != "none", encryption != "none")));
        Task<byte[]> atDestination = HashToEndAsync(destination, scenario.Token);
        Task<byte[]> atSource = HashToEndAsync(source, scenario.Token);
        Task<byte[]> forth = WriteAsync(source, 1, scenario.Token);
        Task<byte[]> back = WriteAsync(destination, 2, scenario.Token);
        Assert.That(await atDestination, Is.EqualTo(await forth));
        Assert.That(await atSource, Is.EqualTo(await back));
        await source.DisposeAsync();
        await destination.DisposeAsync();
        await NothingIsOpenAsync(scenario);
    }

    [Test]
    public async Task A_half_closed_connection_still_gets_its_answer()
    {
        await using Scenario scenario = await StartAsync();
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        await source.WriteAsync(new byte[] { 1, 2, 3 }, scenario.Token);
        source.CompleteWrites();
        Assert.That(await scenario.ReadToEndAsync(destination), Is.EqualTo(new byte[] { 1, 2, 3 }));
        await destination.WriteAsync(new byte[] { 4, 5 }, scenario.Token);
        await destination.DisposeAsync();
        Assert.That(await scenario.ReadToEndAsync(source), Is.EqualTo(new byte[] { 4, 5 }));
        await source.DisposeAsync();
        await NothingIsOpenAsync(scenario);
    }

    [Test]
    public async Task A_reset_crosses_with_its_code()
    {
        await using Scenario scenario = await StartAsync();
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        await source.WriteAsync(new byte[] { 1 }, scenario.Token);
        await scenario.ReadAsync(destination, 1);
        destination.Abort(9);
        Assert.That(async () => await scenario.ReadToEndAsync(source), Throws.TypeOf<ConnetConnectionException>().With.Property("ErrorCode").EqualTo(9));
        await source.DisposeAsync();
        await destination.DisposeAsync();
        await NothingIsOpenAsync(scenario);
    }

    [Test]
    public async Task A_reader_that_does_not_read_stops_the_sender_and_nobody_else()
    {
        await using Scenario scenario = await StartAsync();
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        scenario.CheckWritesStop(source);

        scenario.Echo();
        await using ConnetConnection other = await scenario.DialAsync();
        await scenario.CheckEchoAsync(other, 200_000);
        source.Abort(0);
        await source.DisposeAsync();
        await destination.DisposeAsync();
    }

    [Test]
    public async Task Two_hundred_cut_connections_leave_nothing_behind()
    {
        await using Scenario scenario = await StartAsync();
        scenario.Echo();
        byte[] bytes = new byte[20_000];
        for (int round = 0; round < 5; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 40).Select(each => CutAsync(each % 4)));
        }

        await NothingIsOpenAsync(scenario);
        await using ConnetConnection last = await scenario.DialAsync();
        await scenario.CheckEchoAsync(last, 100_000);

        async Task CutAsync(int way)
        {
            await using ConnetConnection connection = await scenario.DialAsync();
            if (way == 3)
            {
                return;
            }

            await connection.WriteAsync(bytes, scenario.Token);
            switch (way)
            {
                case 0:
                    connection.Abort(1);
                    break;
                case 1:
                    await scenario.ReadAsync(connection, 1);
                    break;
            }
        }
    }

    private static async Task<byte[]> WriteAsync(ConnetConnection connection, int seed, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[256 * 1024];
        new Random(seed).NextBytes(piece);
        for (int sent = 0; sent < s_transfer; sent += piece.Length)
        {
            BitConverter.TryWriteBytes(piece, sent);
            hash.AppendData(piece);
            await connection.WriteAsync(piece, cancellationToken);
        }

        connection.CompleteWrites();
        return hash.GetHashAndReset();
    }

    private static async Task<byte[]> HashToEndAsync(ConnetConnection connection, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[64 * 1024];
        for (int read = -1; read != 0;)
        {
            read = await connection.ReadAsync(buffer, cancellationToken);
            hash.AppendData(buffer, 0, read);
        }

        return hash.GetHashAndReset();
    }

    private static async Task NothingIsOpenAsync(Scenario scenario)
    {
        await scenario.UntilAsync(() => Open(scenario.Source.GetStatus()) == 0, "the source has no open connection");
        await scenario.UntilAsync(() => Open(scenario.Destination.GetStatus()) == 0, "the destination has no open connection");
        await scenario.UntilAsync(() => scenario.Network.Relays[0].Server.GetStatus().ActiveStreams == 0, "the relay forwards nothing");

        static int Open(ConnetEndpointStatus status) => status.Paths.Sum(path => path.OpenConnections);
    }

    private Task<Scenario> StartAsync() =>
        Scenario.StartAsync(ConnetRoute.Relay, options => options.ConfigureClient = client => client.RelayEncryptions = [encryption]);
}
