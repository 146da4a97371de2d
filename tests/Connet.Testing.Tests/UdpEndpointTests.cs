using System.Net;
using System.Security.Cryptography;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>A program with a UDP socket on each side, and everything between them.</summary>
[TestFixture(ConnetRoute.Direct, "none")]
[TestFixture(ConnetRoute.Relay, "none")]
[TestFixture(ConnetRoute.Relay, "dhxcp")]
[TestFixture(ConnetRoute.Relay, "tls")]
public sealed class UdpEndpointTests(ConnetRoute route, string encryption)
{
    [Test]
    public async Task Datagrams_of_several_users_come_back_whatever_their_length()
    {
        await using UdpEcho service = UdpEcho.Start();
        await using Scenario scenario = await StartAsync(service.EndPoint);
        UdpProgram[] users = [.. Enumerable.Range(0, 10).Select(_ => new UdpProgram())];
        int[] lengths = [0, 1, 1100, 1472, 9000, 65507];
        await Task.WhenAll(users.Select(async user =>
        {
            foreach (int length in lengths)
            {
                await AskAsync(scenario, user, RandomNumberGenerator.GetBytes(length));
            }
        }));
        Assert.That(service.Heard, Is.EqualTo(users.Length), "each user has a flow of his own, and one alone");

        // Each of the two clients may have dialled the other: then there are two direct paths, and the flows are on both.
        ConnetPathStatus[] paths = [.. scenario.Source.GetStatus().Paths.Where(each => each.OpenConnections > 0)];
        Assert.That(paths.Sum(each => each.OpenConnections), Is.EqualTo(users.Length));
        Assert.That(
            paths.Select(each => (each.Kind, each.IsEncrypted)),
            Is.All.EqualTo((route == ConnetRoute.Direct ? ConnetPathKind.Direct : ConnetPathKind.Relay, (bool?)(route == ConnetRoute.Direct || encryption != "none"))));
        Array.ForEach(users, user => user.Dispose());

        // Nobody says good-bye in UDP; taking an end of the tunnel away ends the flows at the other.
        await scenario.Source.DisposeAsync();
        await scenario.UntilAsync(() => scenario.Destination.GetStatus().Paths.Sum(each => each.OpenConnections) == 0, "the destination has no flow left");
        await scenario.UntilAsync(() => scenario.Network.Relays[0].Server.GetStatus().ActiveStreams == 0, "the relay forwards nothing");
    }

    [Test]
    public async Task A_flow_outlives_its_service_and_is_replaced_when_the_destination_starts_anew()
    {
        UdpEcho service = UdpEcho.Start(FreePorts.Next());
        IPEndPoint address = service.EndPoint;
        await using Scenario scenario = await StartAsync(address);
        using UdpProgram user = new();
        await AskAsync(scenario, user, [1]);
        await service.DisposeAsync();
        for (byte i = 0; i < 30; i++)
        {
            user.Send(scenario.Source.LocalEndPoint!, 2, i);
        }

        await using UdpEcho successor = UdpEcho.Start(address.Port);
        await AskAsync(scenario, user, [3]);
        Assert.That(successor.Heard, Is.EqualTo(1));

        await scenario.Destination.DisposeAsync();
        scenario.AddDestination(options => Configure(options, address));
        await AskAsync(scenario, user, [4]);
        Assert.That(successor.Heard, Is.EqualTo(2), "another flow has another socket");
    }

    [Test]
    public async Task A_flood_that_the_service_does_not_read_is_dropped_and_harms_no_other_flow()
    {
        TaskCompletionSource reads = new();
        await using UdpEcho service = UdpEcho.Start(reads: reads.Task);
        await using Scenario scenario = await StartAsync(service.EndPoint);
        await using ConnetDatagramFlow flow = await scenario.Source.DialDatagramsAsync(scenario.Token);
        byte[] datagram = new byte[1000];
        int count = TestMachine.Rounds(full: 1_000_000, quick: 50_000);
        int taken = 0;
        for (int i = 0; i < count; i++)
        {
            taken += flow.TrySend(datagram) ? 1 : 0;
        }

        ConnetDatagramStatistics statistics = flow.GetStatistics();
        TestContext.Out.WriteLine(statistics);
        Assert.That((statistics.Sent, statistics.SendsDropped), Is.EqualTo((taken, count - taken)));
        Assert.That(flow.Closed.IsCompleted, Is.False);
        reads.SetResult();
        using UdpProgram user = new();
        await AskAsync(scenario, user, [1]);
        byte[] buffer = new byte[ConnetDatagramFlow.MaxDatagramLength];
        Assert.That(await flow.ReceiveAsync(buffer, scenario.Token), Is.EqualTo(datagram.Length), "what had found room");
    }

    private static Task AskAsync(Scenario scenario, UdpProgram user, byte[] question) => user.AskAsync(scenario.Source.LocalEndPoint!, question, scenario.Token);

    private void Configure(ConnetDestinationOptions options, IPEndPoint service)
    {
        options.Address = $"udp://{service}";
        options.RelayEncryptions = [encryption];
    }

    private Task<Scenario> StartAsync(IPEndPoint service) => Scenario.StartAsync(
        route,
        source: options =>
        {
            options.Address = "udp://127.0.0.1:0";
            options.RelayEncryptions = [encryption];
        },
        destination: options => Configure(options, service));
}
