using Connet.Client;
using Connet.Client.Peers;
using Connet.Protocol;

namespace Connet.Testing.Tests;

/// <summary>
/// Whole networks of programs that speak the first generation of the protocol alone, the second alone, or both, in every role. A mix is four
/// digits: source, destination, relay, control server, each 1, 2, or 0 for both.
/// </summary>
public sealed class GenerationTests
{
    private const int Both = 0;

    /// <summary>What there can be: whoever talks to each other has a generation in common. Source and destination do so on a direct path alone.</summary>
    public static IEnumerable<TestCaseData> Mixes =>
        from source in Enumerable.Range(0, 3)
        from destination in Enumerable.Range(0, 3)
        from relay in Enumerable.Range(0, 3)
        from control in Enumerable.Range(0, 3)
        where Meet(control, source) && Meet(control, destination) && Meet(control, relay) && Meet(relay, source) && Meet(relay, destination)
        where TestMachine.HasTime || MattersMost(source, destination, relay, control)
        select new TestCaseData(source, destination, relay, control);

    [TestCaseSource(nameof(Mixes))]
    public async Task Every_mix_carries_connections_through_the_relay(int source, int destination, int relay, int control)
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Relay, Speak(source, destination, relay, control));
        Assert.That(await SpokenAsync(scenario, scenario.Source.Controlled), Is.EqualTo(new[] { (ConnetPathKind.Relay, Common(source, relay)) }));
        Assert.That(await SpokenAsync(scenario, scenario.Destination.Controlled), Is.EqualTo(new[] { (ConnetPathKind.Relay, Common(destination, relay)) }));
        await CheckAsync(scenario, ConnetPathKind.Relay);
    }

    [TestCase(0, 1, 0)]
    [TestCase(1, 0, 0)]
    [TestCase(1, 1, 0)]
    [TestCase(1, 1, 1)]
    [TestCase(0, 0, 1)]
    [TestCase(2, 0, 0)]
    [TestCase(0, 2, 2)]
    [TestCase(2, 2, 2)]
    public async Task Every_mix_carries_connections_on_a_direct_path(int source, int destination, int control)
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Direct, Speak(source, destination, Both, control));
        await CheckAsync(scenario, ConnetPathKind.Direct);
        Assert.That(await SpokenAsync(scenario, scenario.Source.Controlled), Is.All.EqualTo((ConnetPathKind.Direct, Common(source, destination))));
        Assert.That(await SpokenAsync(scenario, scenario.Destination.Controlled), Is.All.EqualTo((ConnetPathKind.Direct, Common(source, destination))));
    }

    [TestCase(1, 2)]
    [TestCase(2, 1)]
    public async Task Peers_with_no_generation_in_common_meet_at_the_relay(int source, int destination)
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Any, Speak(source, destination, Both, Both));
        await CheckAsync(scenario, ConnetPathKind.Relay);
        (ProtocolGeneration first, ProtocolGeneration last) = ((ProtocolGeneration)source, (ProtocolGeneration)destination);
        Assert.That(await SpokenAsync(scenario, scenario.Source.Controlled), Is.EqualTo(new[] { (ConnetPathKind.Relay, first) }));
        Assert.That(await SpokenAsync(scenario, scenario.Destination.Controlled), Is.EqualTo(new[] { (ConnetPathKind.Relay, last) }));
    }

    [TestCase(ConnetRoute.Direct)]
    [TestCase(ConnetRoute.Relay)]
    public async Task A_network_is_brought_up_to_date_one_by_one_while_it_works(ConnetRoute allowed)
    {
        Dictionary<string, int> speak = new() { ["source"] = 1, ["destination"] = 1, ["relay"] = 1, ["control"] = 1 };
        await using Scenario scenario = await Scenario.StartAsync(allowed, options =>
        {
            options.ConfigureClient = client => client.Generation = Only(speak[client.Metadata]);
            options.ConfigureRelay = relay => relay.Generation = Only(speak["relay"]);
            options.ConfigureControl = control => control.Generation = Only(speak["control"]);
        });
        scenario.Echo();
        foreach (ConnetTestParticipant next in (ConnetTestParticipant[])[scenario.Network.Control, scenario.Network.Relays[0], scenario.DestinationClient])
        {
            speak[next is ConnetTestRelay ? "relay" : next.Name] = Both;
            await next.RestartAsync(isKilled: true, scenario.Token);
            if (next == scenario.DestinationClient)
            {
                scenario.AddDestination();
                scenario.Echo();
            }

            await using ConnetConnection connection = await scenario.DialAsync();
            await scenario.CheckEchoAsync(connection, 10_000);
            (ConnetPathKind Kind, ProtocolGeneration Generation)[] spoken = await SpokenAsync(scenario, scenario.Source.Controlled);
            Assert.That(spoken.Select(path => path.Generation), Is.All.EqualTo(ProtocolGeneration.First), "the source is the last");
        }

        speak["source"] = Both;
        await scenario.SourceClient.RestartAsync(isKilled: true, scenario.Token);
        await using ConnetSource source = await scenario.SourceClient.Client.AddSourceAsync(new ConnetSourceOptions { Name = Scenario.Name }, scenario.Token);
        await using ConnetConnection last = await source.DialAsync(scenario.Token);
        await scenario.CheckEchoAsync(last, 10_000);
        Assert.That((await SpokenAsync(scenario, source.Controlled)).Select(path => path.Generation), Is.All.EqualTo(ProtocolGeneration.Second));
    }

    /// <summary>Both directions, each with its end, and a reset.</summary>
    private static async Task CheckAsync(Scenario scenario, ConnetPathKind kind)
    {
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        Assert.That((source.PathKind, source.IsEncrypted), Is.EqualTo((kind, true)));
        await source.WriteAsync(new byte[] { 1, 2, 3 }, scenario.Token);
        source.CompleteWrites();
        Assert.That(await scenario.ReadToEndAsync(destination), Is.EqualTo(new byte[] { 1, 2, 3 }));
        await destination.WriteAsync(new byte[] { 4, 5 }, scenario.Token);
        destination.CompleteWrites();
        Assert.That(await scenario.ReadToEndAsync(source), Is.EqualTo(new byte[] { 4, 5 }));

        (source, destination) = await scenario.ConnectAsync();
        source.Abort(7);
        Assert.That(async () => await scenario.ReadToEndAsync(destination), Throws.TypeOf<ConnetConnectionException>().With.Property("ErrorCode").EqualTo(7));

        scenario.Echo();
        await using ConnetConnection third = await scenario.DialAsync();
        await scenario.CheckEchoAsync(third, 300_000);
    }

    private static Action<ConnetTestNetworkOptions> Speak(int source, int destination, int relay, int control) => options =>
    {
        options.ConfigureClient = client => client.Generation = Only(client.Metadata == "source" ? source : destination);
        options.ConfigureRelay = each => each.Generation = Only(relay);
        options.ConfigureControl = server => server.Generation = Only(control);
    };

    private static ProtocolGeneration? Only(int generation) => generation == Both ? null : (ProtocolGeneration)generation;

    /// <summary>Each role by itself, all of them, and peers that could not meet without the relay.</summary>
    private static bool MattersMost(int source, int destination, int relay, int control) =>
        new[] { source, destination, relay, control }.Count(each => each != Both) is 0 or 1 or 4 || !Meet(source, destination);

    private static bool Meet(int one, int other) => one == Both || other == Both || one == other;

    private static ProtocolGeneration Common(int one, int other) => Only(one) ?? Only(other) ?? ProtocolGeneration.Second;

    /// <summary>What is spoken on the paths of an endpoint, once there are any: the other end may hear later of its peer.</summary>
    private static async Task<(ConnetPathKind Kind, ProtocolGeneration Generation)[]> SpokenAsync(Scenario scenario, object endpoint)
    {
        (ConnetPathKind, ProtocolGeneration)[] spoken = [];
        await scenario.UntilAsync(() => (spoken = Spoken()).Length > 0, $"the {endpoint} has a path");
        return spoken;

        (ConnetPathKind, ProtocolGeneration)[] Spoken() =>
            [.. ((PeerEndpoint)endpoint).UsablePaths().Select(usable => (usable.Path.Kind, usable.Path.Generation))];
    }
}
