using System.Diagnostics;
using System.Runtime.CompilerServices;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>Transfers that are cut in every way, many times over one path.</summary>
[TestFixture(ConnetRoute.Direct)]
[TestFixture(ConnetRoute.Relay)]
public sealed class CutTransferTests(ConnetRoute route)
{
    private const int Block = 64 * 1024;

    /// <summary>What is large for a connection: more than what its windows begin with.</summary>
    private const int Large = 8 * 1024 * 1024;

    /// <summary>The first byte of a connection says what its two ends do.</summary>
    private enum Cut : byte
    {
        UploadBySource,
        UploadByDestination,
        UploadLeft,
        DownloadBySource,
        DownloadByDestination,
        DownloadLeft,
        None,
    }

    [Test]
    public async Task Cut_transfers_leave_the_connection_as_good_as_new()
    {
        const int AtOnce = 50;
        int rounds = TestMachine.Rounds(full: 1000, quick: 400) / AtOnce;
        await using Scenario scenario = await Scenario.StartAsync(route);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(scenario.Token);
        Carriers carriers = await Carriers.FindAsync(scenario);
        List<WeakReference> gone = [];
        Task serving = ServeAllAsync();
        for (int round = 0; round < rounds; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(each => DialAsync(scenario, (Cut)(each % (int)Cut.None), gone)));
        }

        Assert.That(gone, Has.Count.EqualTo(rounds * AtOnce));
        await scenario.UntilAsync(carriers.AreAsGoodAsNew, $"nothing is left of them: {carriers}");
        await scenario.UntilAsync(() => carriers.AreInUse(scenario), "no connection was replaced");
        await scenario.UntilAsync(() => Open(scenario.Source.GetStatus()) == 0, "the source has no open connection");
        await scenario.UntilAsync(() => Open(scenario.Destination.GetStatus()) == 0, "the destination has no open connection");
        await scenario.UntilAsync(() => scenario.Network.Relays[0].Server.GetStatus().ActiveStreams == 0, "the relay forwards nothing");
        await scenario.UntilAsync(() => Alive(gone) < AtOnce, $"they are collected: {Alive(gone)} of {gone.Count} are not");

        // Nothing waits for credit, or for anything else.
        Stopwatch time = Stopwatch.StartNew();
        await using (ConnetConnection last = await scenario.DialAsync())
        {
            await last.WriteAsync(new[] { (byte)Cut.None }, scenario.Token);
            await scenario.CheckEchoAsync(last, Large);
        }

        TestContext.Out.WriteLine($"{time.ElapsedMilliseconds} ms");
        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)));
        await scenario.UntilAsync(() => carriers.AreInUse(scenario), "no connection was replaced");
        await enough.CancelAsync();
        await serving;

        static int Open(ConnetEndpointStatus status) => status.Paths.Sum(path => path.OpenConnections);

        async Task ServeAllAsync()
        {
            List<Task> served = [];
            try
            {
                while (true)
                {
                    served.Add(ServeAsync(await scenario.Destination.AcceptAsync(enough.Token), scenario));
                }
            }
            catch (OperationCanceledException)
            {
                // Enough.
            }

            await Task.WhenAll(served);
        }
    }

    /// <summary>A method of its own, so that nothing here keeps the connection.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task DialAsync(Scenario scenario, Cut cut, List<WeakReference> gone)
    {
        await using ConnetConnection connection = await scenario.DialAsync();
        lock (gone)
        {
            gone.Add(new WeakReference(connection));
        }

        await connection.WriteAsync(new[] { (byte)cut }, scenario.Token);
        switch (cut)
        {
            case Cut.UploadBySource:
                await connection.WriteAsync(new byte[Block], scenario.Token);
                connection.Abort(1);
                break;
            case Cut.UploadByDestination:
                await WriteUntilCutAsync(connection, scenario);
                break;
            case Cut.UploadLeft:
                await connection.WriteAsync(new byte[Block], scenario.Token);
                break;
            case Cut.DownloadBySource:
                await scenario.ReadAsync(connection, Block);
                connection.Abort(2);
                break;
            case Cut.DownloadByDestination:
                Assert.That(await ReadUntilCutAsync(connection, scenario), Is.EqualTo(3));
                break;
            case Cut.DownloadLeft:
                await scenario.ReadAsync(connection, 1);
                break;
        }
    }

    private static async Task ServeAsync(ConnetConnection connection, Scenario scenario)
    {
        await using (connection)
        {
            Cut cut;
            try
            {
                cut = (Cut)(await scenario.ReadAsync(connection, 1))[0];
            }
            catch (IOException)
            {
                // The reset came before the first byte was read.
                return;
            }

            switch (cut)
            {
                case Cut.UploadBySource or Cut.UploadLeft:
                    await ReadUntilCutAsync(connection, scenario);
                    break;
                case Cut.UploadByDestination:
                    await scenario.ReadAsync(connection, Block);
                    connection.Abort(4);
                    break;
                case Cut.DownloadBySource or Cut.DownloadLeft:
                    await WriteUntilCutAsync(connection, scenario);
                    break;
                case Cut.DownloadByDestination:
                    await connection.WriteAsync(new byte[Block], scenario.Token);
                    connection.Abort(3);
                    break;
                case Cut.None:
                    await connection.CopyToAsync(connection, scenario.Token);
                    connection.CompleteWrites();
                    break;
            }
        }
    }

    private static async Task WriteUntilCutAsync(ConnetConnection connection, Scenario scenario)
    {
        byte[] block = new byte[Block];
        try
        {
            while (true)
            {
                await connection.WriteAsync(block, scenario.Token);
            }
        }
        catch (ConnetConnectionException)
        {
            // Cut.
        }
    }

    /// <returns>The code of the reset.</returns>
    private static async Task<long?> ReadUntilCutAsync(ConnetConnection connection, Scenario scenario)
    {
        try
        {
            await scenario.ReadToEndAsync(connection);
            return null;
        }
        catch (ConnetConnectionException exception)
        {
            return exception.ErrorCode;
        }
    }

    private static int Alive(List<WeakReference> references)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return references.Count(reference => reference.IsAlive);
    }
}
