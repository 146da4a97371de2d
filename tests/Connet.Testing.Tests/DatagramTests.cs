using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>Flows of datagrams that applications open and accept, and what ends them.</summary>
public sealed class DatagramTests
{
    [TestCase(ConnetRoute.Direct)]
    [TestCase(ConnetRoute.Relay)]
    public async Task Applications_open_and_accept_flows(ConnetRoute route)
    {
        await using Scenario scenario = await Scenario.StartAsync(route, destination: options => options.Traffic = ConnetTraffic.Datagrams);
        ValueTask<ConnetDatagramFlow> accepting = scenario.Destination.AcceptDatagramsAsync(scenario.Token);
        await using ConnetDatagramFlow near = await scenario.Source.DialDatagramsAsync(scenario.Token);
        await using ConnetDatagramFlow far = await accepting;
        byte[] buffer = new byte[ConnetDatagramFlow.MaxDatagramLength];
        Assert.That(near.TrySend([1, 2, 3]));
        Assert.That((await far.ReceiveAsync(buffer, scenario.Token), buffer[2]), Is.EqualTo(((int?)3, (byte)3)));
        Assert.That(far.TrySend(buffer));
        Assert.That(await near.ReceiveAsync(buffer, scenario.Token), Is.EqualTo(buffer.Length));
        await near.DisposeAsync();
        Assert.That(await far.ReceiveAsync(buffer, scenario.Token), Is.Null);
        await far.Closed.WaitAsync(scenario.Token);

        Assert.That(
            async () => await scenario.DialAsync(), Throws.InstanceOf<Protocol.ProtocolException>().With.Message.Contains("takes datagrams and no byte streams"));
    }

    [Test]
    public async Task Source_of_datagrams_is_told_that_its_destination_takes_byte_streams()
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Direct);
        Assert.That(
            async () => await scenario.Source.DialDatagramsAsync(scenario.Token),
            Throws.InstanceOf<Protocol.ProtocolException>().With.Message.Contains("takes byte streams and no datagrams"));
    }

    [Test]
    public async Task Killed_destination_ends_the_flow_and_its_successor_gets_the_next()
    {
        await using UdpEcho service = UdpEcho.Start();
        await using Scenario scenario = await Scenario.StartAsync(
            source: options => options.Address = "udp://127.0.0.1:0", destination: options => options.Address = $"udp://{service.EndPoint}", hedges: true);
        using UdpProgram user = new();
        await user.AskAsync(scenario.Source.LocalEndPoint!, [1], scenario.Token);
        await scenario.DestinationClient.RestartAsync(isKilled: true, scenario.Token);
        scenario.AddDestination(options => options.Address = $"udp://{service.EndPoint}");
        await user.AskAsync(scenario.Source.LocalEndPoint!, [2], scenario.Token);
        Assert.That(service.Heard, Is.EqualTo(2));
    }

    [Test]
    public async Task Flow_that_is_idle_ends_on_both_sides()
    {
        await using UdpEcho service = UdpEcho.Start();
        await using Scenario scenario = await Scenario.StartAsync(
            ConnetRoute.Direct,
            source: options => (options.Address, options.FlowIdleTimeout) = ("udp://127.0.0.1:0", TimeSpan.FromSeconds(3)),
            destination: options => options.Address = $"udp://{service.EndPoint}");
        using UdpProgram user = new();
        user.Send(scenario.Source.LocalEndPoint!, 1);
        await user.ReceiveAsync(scenario.Token);
        Assert.That(service.Heard, Is.EqualTo(1));
        await scenario.UntilAsync(() => Open(scenario.Source.GetStatus()) == 0, "the source has no flow");
        await scenario.UntilAsync(() => Open(scenario.Destination.GetStatus()) == 0, "the destination has no flow");
        user.Send(scenario.Source.LocalEndPoint!, 2);
        Assert.That((await user.ReceiveAsync(scenario.Token)).Datagram, Is.EqualTo(new byte[] { 2 }));
        Assert.That(service.Heard, Is.EqualTo(2));

        static int Open(ConnetEndpointStatus status) => status.Paths.Sum(path => path.OpenConnections);
    }

    [Test]
    public async Task Policies_spread_flows_as_they_do_connections()
    {
        await using Destinations all = await Destinations.StartAsync(ConnetRoute.Direct, count: 2);
        foreach (ConnetTestClient client in all.Clients)
        {
            client.Client.AddDestination(new ConnetDestinationOptions { Name = Destinations.Name, Address = "udp://127.0.0.1:9" });
        }

        ConnetSource source = await all.AddSourceAsync("source", ConnetLoadBalancing.LeastConnections);
        List<ConnetDatagramFlow> flows = [];
        for (int i = 0; i < 6; i++)
        {
            flows.Add(await source.DialDatagramsAsync(all.Token));
        }

        Assert.That(flows.CountBy(flow => flow.PeerId!).Select(pair => pair.Value), Is.EqualTo(new[] { 3, 3 }));
        string? left = flows[0].PeerId;
        await Task.WhenAll(flows.Where(flow => flow.PeerId == left).Select(flow => flow.DisposeAsync().AsTask()));
        await using ConnetDatagramFlow next = await source.DialDatagramsAsync(all.Token);
        Assert.That(next.PeerId, Is.EqualTo(left), "flows that have ended count no more");
        await Task.WhenAll(flows.Select(flow => flow.DisposeAsync().AsTask()));
    }
}
