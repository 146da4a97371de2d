using System.Net.Sockets;
using System.Security.Cryptography;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>A program on each side of each scheme of byte streams, and everything between them.</summary>
[TestFixture("tcp", ConnetRoute.Direct)]
[TestFixture("tcp", ConnetRoute.Relay)]
[TestFixture("tls", ConnetRoute.Direct)]
[TestFixture("tls", ConnetRoute.Relay)]
[TestFixture("unix", ConnetRoute.Direct)]
[TestFixture("unix", ConnetRoute.Relay)]
public sealed class SocketEndpointTests(string scheme, ConnetRoute route)
{
    [Test]
    public async Task A_half_closed_connection_still_gets_its_answer()
    {
        using OuterPrograms programs = new(scheme);
        await using Scenario scenario = await StartAsync(programs);
        (OuterConnection user, OuterConnection served) = await programs.OpenAsync(scenario);
        using (user)
        using (served)
        {
            byte[] question = RandomNumberGenerator.GetBytes(1_000_000);
            byte[] answer = RandomNumberGenerator.GetBytes(1_000_000);
            Task asking = SayAsync(user, question);
            byte[] heard = await scenario.ReadToEndAsync(served.Stream);
            await asking;
            Assert.That(heard.AsSpan().SequenceEqual(question));
            Task answering = SayAsync(served, answer);
            heard = await scenario.ReadToEndAsync(user.Stream);
            await answering;
            Assert.That(heard.AsSpan().SequenceEqual(answer));
        }

        async Task SayAsync(OuterConnection speaker, byte[] bytes)
        {
            await speaker.Stream.WriteAsync(bytes, scenario.Token);
            await speaker.EndAsync();
        }
    }

    [Test]
    public async Task A_service_that_ends_first_still_hears_its_user()
    {
        using OuterPrograms programs = new(scheme);
        await using Scenario scenario = await StartAsync(programs);
        (OuterConnection user, OuterConnection served) = await programs.OpenAsync(scenario);
        using (user)
        using (served)
        {
            await served.EndAsync();
            Assert.That(await scenario.ReadToEndAsync(user.Stream), Is.Empty);
            await user.Stream.WriteAsync(new byte[] { 1, 2 }, scenario.Token);
            await user.EndAsync();
            Assert.That(await scenario.ReadToEndAsync(served.Stream), Is.EqualTo(new byte[] { 1, 2 }));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_reset_crosses(bool byUser)
    {
        using OuterPrograms programs = new(scheme);
        await using Scenario scenario = await StartAsync(programs);
        (OuterConnection user, OuterConnection served) = await programs.OpenAsync(scenario);
        using (user)
        using (served)
        {
            (OuterConnection cutting, OuterConnection cut) = byUser ? (user, served) : (served, user);
            await cut.Stream.WriteAsync(new byte[] { 1, 2 }, scenario.Token);
            await scenario.ReadAsync(cutting.Stream, 1);
            cutting.Reset();

            // A Unix socket cannot say it to a program that only reads.
            Assert.That(
                async () =>
                {
                    byte[] rest = await scenario.ReadToEndAsync(cut.Stream);
                    if (scheme == "unix")
                    {
                        await cut.Stream.WriteAsync(new byte[] { 3 }, scenario.Token);
                    }
                },
                Throws.InstanceOf<IOException>());
        }
    }

    [Test]
    public async Task A_reader_that_does_not_read_stops_the_sender_and_nobody_else()
    {
        using OuterPrograms programs = new(scheme);
        await using Scenario scenario = await StartAsync(programs);
        (OuterConnection user, OuterConnection served) = await programs.OpenAsync(scenario);
        using (user)
        using (served)
        {
            using CancellationTokenSource stalled = CancellationTokenSource.CreateLinkedTokenSource(scenario.Token);
            stalled.CancelAfter(TimeSpan.FromSeconds(1));
            byte[] piece = new byte[64 * 1024];
            long sent = 0;
            Assert.That(async () =>
            {
                while (sent < 1L << 30)
                {
                    await user.Stream.WriteAsync(piece, stalled.Token);
                    sent += piece.Length;
                }
            }, Throws.InstanceOf<OperationCanceledException>(), "a gigabyte was taken");
            Assert.That(sent, Is.LessThan(100_000_000));
            await CheckAsync(programs, scenario, 200_000);
            user.Reset();
        }
    }

    [Test]
    public async Task Many_connections_are_open_at_once()
    {
        int count = TestMachine.Rounds(full: scheme == "tcp" ? 1000 : 200, quick: 50);
        using OuterPrograms programs = new(scheme);
        await using Scenario scenario = await StartAsync(programs);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(scenario.Token);
        Task serving = ServeAllAsync();
        OuterConnection[] users = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => programs.ConnectAsync(scenario)));
        await Task.WhenAll(users.Select(async (user, i) =>
        {
            await user.Stream.WriteAsync(new byte[] { (byte)i }, scenario.Token);
            Assert.That(await scenario.ReadAsync(user.Stream, 1), Is.EqualTo(new byte[] { (byte)i }));
        }));

        // All of them are open now.
        await Task.WhenAll(users.Select((user, i) => AskAsync(user, [.. Enumerable.Repeat((byte)i, 1000)], scenario)));
        await enough.CancelAsync();
        await serving;
        foreach (OuterConnection user in users)
        {
            user.Dispose();
        }

        await scenario.UntilAsync(() => scenario.Source.GetStatus().Paths.Sum(path => path.OpenConnections) == 0, "the source carries nothing");
        await scenario.UntilAsync(() => scenario.Destination.GetStatus().Paths.Sum(path => path.OpenConnections) == 0, "the destination carries nothing");

        // More may come than there are users: a dial that is not answered soon asks twice, and drops the slower one.
        async Task ServeAllAsync()
        {
            List<Task> served = [];
            while (!enough.IsCancellationRequested)
            {
                try
                {
                    served.Add(ServeAsync(await programs.AcceptSocketAsync(enough.Token)));
                }
                catch (OperationCanceledException)
                {
                    // Enough.
                }
            }

            await Task.WhenAll(served);
        }

        async Task ServeAsync(Socket socket)
        {
            try
            {
                using OuterConnection connection = await programs.ServeAsync(socket, scenario);
                await EchoAsync(connection, scenario);
            }
            catch (IOException)
            {
                // Dropped.
            }
        }
    }

    private static async Task CheckAsync(OuterPrograms programs, Scenario scenario, int length)
    {
        (OuterConnection user, OuterConnection served) = await programs.OpenAsync(scenario);
        using (user)
        using (served)
        {
            Task echoing = EchoAsync(served, scenario);
            await AskAsync(user, RandomNumberGenerator.GetBytes(length), scenario);
            await echoing;
        }
    }

    private static async Task AskAsync(OuterConnection user, byte[] bytes, Scenario scenario)
    {
        Task<byte[]> hearing = scenario.ReadToEndAsync(user.Stream);
        await user.Stream.WriteAsync(bytes, scenario.Token);
        await user.EndAsync();
        byte[] heard = await hearing;
        Assert.That(heard.AsSpan().SequenceEqual(bytes), $"{heard.Length} bytes came back, of {bytes.Length}");
    }

    private static async Task EchoAsync(OuterConnection served, Scenario scenario)
    {
        await served.Stream.CopyToAsync(served.Stream, scenario.Token);
        await served.EndAsync();
    }

    private Task<Scenario> StartAsync(OuterPrograms programs) =>
        Scenario.StartAsync(route, source: programs.Configure, destination: programs.Configure);
}
