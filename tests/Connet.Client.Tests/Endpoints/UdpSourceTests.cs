using System.Net;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>The side of users of UDP, with flows in memory.</summary>
public sealed class UdpSourceTests
{
    private const int FlowDialFailed = 3040;
    private const int FlowsFull = 3041;

    private static readonly TimeSpan s_idle = new EndpointContext().FlowIdleTimeout;
    private static readonly TimeSpan s_sweep = TimeSpan.FromSeconds(5);

    [Test]
    public async Task Each_user_has_a_flow_of_his_own_and_gets_its_answers()
    {
        await using UdpSourceSetup setup = await UdpSourceSetup.StartAsync();
        using UdpProgram first = new();
        using UdpProgram second = new();
        first.Send(setup.EndPoint, 1);
        FakeDatagramTunnel firstFlow = await setup.NextAsync();
        second.Send(setup.EndPoint, 2);
        FakeDatagramTunnel secondFlow = await setup.NextAsync();
        first.Send(setup.EndPoint, 3);
        Assert.That(await firstFlow.SentAsync(), Is.EqualTo(new byte[] { 1 }));
        Assert.That(await firstFlow.SentAsync(), Is.EqualTo(new byte[] { 3 }));
        Assert.That(await secondFlow.SentAsync(), Is.EqualTo(new byte[] { 2 }));

        secondFlow.Arrive(4);
        firstFlow.Arrive(5);
        Assert.That((await first.ReceiveAsync()).Datagram, Is.EqualTo(new byte[] { 5 }));
        (byte[] answer, EndPoint from) = await second.ReceiveAsync();
        Assert.That((answer[0], from), Is.EqualTo(((byte)4, setup.EndPoint)));
        Assert.That((setup.Count, setup.Dials), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task Empty_and_maximal_datagrams_pass_both_ways()
    {
        await using UdpSourceSetup setup = await UdpSourceSetup.StartAsync();
        using UdpProgram user = new();
        user.Send(setup.EndPoint);
        FakeDatagramTunnel flow = await setup.NextAsync();
        Assert.That(await flow.SentAsync(), Is.Empty);
        byte[] largest = new byte[65507];
        Random.Shared.NextBytes(largest);
        user.Send(setup.EndPoint, largest);
        Assert.That((await flow.SentAsync()).AsSpan().SequenceEqual(largest));
        flow.Arrive();
        Assert.That((await user.ReceiveAsync()).Datagram, Is.Empty);
        flow.Arrive(largest);
        Assert.That((await user.ReceiveAsync()).Datagram.AsSpan().SequenceEqual(largest));
    }

    [Test]
    public async Task Users_reach_a_source_on_all_interfaces_and_are_named_as_they_are()
    {
        await using UdpSourceSetup setup = await UdpSourceSetup.StartAsync(address: "udp://:0");
        IPEndPoint source = new(IPAddress.Loopback, ((IPEndPoint)setup.EndPoint).Port);
        using UdpProgram user = new();
        user.Send(source, 1);
        FakeDatagramTunnel flow = await setup.NextAsync();
        Assert.That(await flow.SentAsync(), Is.EqualTo(new byte[] { 1 }));
        flow.Arrive(2);
        (byte[] answer, EndPoint from) = await user.ReceiveAsync();
        Assert.That((answer[0], from), Is.EqualTo(((byte)2, source)));
        using UdpProgram other = new();
        setup.Failure = "nobody is there";
        other.Send(source, 3);
        await setup.Log.WaitBoundedAsync($"datagrams of {other.EndPoint} are dropped");
    }

    [Test]
    public async Task What_comes_during_the_dial_waits_for_it_up_to_a_bound()
    {
        await using UdpSourceSetup setup = await UdpSourceSetup.StartAsync();
        TaskCompletionSource gate = new();
        setup.Gate = gate.Task;
        using UdpProgram user = new();
        using UdpProgram later = new();
        for (byte i = 0; i < 100; i++)
        {
            user.Send(setup.EndPoint, i);
        }

        // One socket is read in order: when this one's dial has begun, everything before was taken in.
        later.Send(setup.EndPoint, 255);
        await setup.DialsAsync(2);
        gate.SetResult();
        FakeDatagramTunnel[] flows = [await setup.NextAsync(), await setup.NextAsync()];
        FakeDatagramTunnel flow = (await flows[0].SentAsync())[0] == 0 ? flows[0] : flows[1];
        if (flow == flows[1])
        {
            await flow.SentAsync();
        }

        for (byte i = 1; i < 64; i++)
        {
            Assert.That(await flow.SentAsync(), Is.EqualTo(new[] { i }));
        }

        user.Send(setup.EndPoint, 200);
        Assert.That(await flow.SentAsync(), Is.EqualTo(new byte[] { 200 }), "what found no room is lost");
    }

    [Test]
    public async Task A_flow_that_ended_is_replaced_at_the_next_datagram()
    {
        await using UdpSourceSetup setup = await UdpSourceSetup.StartAsync();
        using UdpProgram user = new();
        user.Send(setup.EndPoint, 1);
        FakeDatagramTunnel flow = await setup.NextAsync();
        flow.End();
        await flow.Disposed.Task.WaitAsync(SocketPair.Patience);
        user.Send(setup.EndPoint, 2);
        FakeDatagramTunnel next = await setup.NextAsync();
        Assert.That(await next.SentAsync(), Is.EqualTo(new byte[] { 2 }));
        next.Arrive(3);
        Assert.That((await user.ReceiveAsync()).Datagram, Is.EqualTo(new byte[] { 3 }));
    }

    [Test]
    public async Task A_flow_without_datagrams_ends_and_one_with_some_stays()
    {
        await using UdpSourceSetup setup = await UdpSourceSetup.StartAsync();
        using UdpProgram silent = new();
        using UdpProgram busy = new();
        using UdpProgram listening = new();
        silent.Send(setup.EndPoint, 1);
        FakeDatagramTunnel silentFlow = await setup.NextAsync();
        await silentFlow.SentAsync();
        busy.Send(setup.EndPoint, 2);
        FakeDatagramTunnel busyFlow = await setup.NextAsync();
        await busyFlow.SentAsync();
        listening.Send(setup.EndPoint, 3);
        FakeDatagramTunnel listeningFlow = await setup.NextAsync();
        await listeningFlow.SentAsync();

        setup.Clock.Pass(s_idle - s_sweep);
        busy.Send(setup.EndPoint, 4);
        await busyFlow.SentAsync();
        listeningFlow.Arrive(5);
        await listening.ReceiveAsync();
        await setup.Clock.FireAsync(s_sweep);
        await silentFlow.Disposed.Task.WaitAsync(SocketPair.Patience);
        Assert.That((busyFlow.Disposed.Task.IsCompleted, listeningFlow.Disposed.Task.IsCompleted), Is.EqualTo((false, false)));

        setup.Clock.Pass(s_idle);
        await setup.Clock.FireAsync(s_sweep);
        await busyFlow.Disposed.Task.WaitAsync(SocketPair.Patience);
        await listeningFlow.Disposed.Task.WaitAsync(SocketPair.Patience);
        silent.Send(setup.EndPoint, 6);
        Assert.That(await (await setup.NextAsync()).SentAsync(), Is.EqualTo(new byte[] { 6 }));
    }

    [Test]
    public async Task A_failed_dial_drops_the_datagrams_and_is_not_repeated_at_once()
    {
        await using UdpSourceSetup setup = await UdpSourceSetup.StartAsync();
        using UdpProgram user = new();
        using UdpProgram known = new();
        known.Send(setup.EndPoint, 0);
        FakeDatagramTunnel knownFlow = await setup.NextAsync();
        await knownFlow.SentAsync();
        setup.Failure = "nobody is there";
        user.Send(setup.EndPoint, 1);
        await SocketPair.UntilAsync(() => setup.Dials == 2 && setup.Count == 1);
        Assert.That(setup.Log.Count(FlowDialFailed), Is.EqualTo(1));
        Assert.That(setup.Log.All, Does.Contain($"datagrams of {user.EndPoint} are dropped").And.Contains("nobody is there"));

        await SendAndSettleAsync(2);
        Assert.That(setup.Dials, Is.EqualTo(2), "there is a pause");
        setup.Clock.Pass(TimeSpan.FromMilliseconds(100));
        user.Send(setup.EndPoint, 3);
        await SocketPair.UntilAsync(() => setup.Dials == 3 && setup.Count == 1);
        setup.Clock.Pass(TimeSpan.FromMilliseconds(100));
        await SendAndSettleAsync(4);
        Assert.That((setup.Dials, setup.Log.Count(FlowDialFailed)), Is.EqualTo((3, 1)), "the pause doubles, and a second has one line");

        setup.Failure = null;
        setup.Clock.Pass(TimeSpan.FromMilliseconds(100));
        user.Send(setup.EndPoint, 5);
        Assert.That(await (await setup.NextAsync()).SentAsync(), Is.EqualTo(new byte[] { 5 }));

        // One socket is read in order: when the second datagram has arrived, the first was taken in.
        async Task SendAndSettleAsync(byte datagram)
        {
            user.Send(setup.EndPoint, datagram);
            known.Send(setup.EndPoint, datagram);
            await knownFlow.SentAsync();
        }
    }

    [Test]
    public async Task Datagrams_of_users_beyond_the_limit_are_dropped_with_a_line()
    {
        await using UdpSourceSetup setup = await UdpSourceSetup.StartAsync(maxConnections: 1);
        using UdpProgram first = new();
        using UdpProgram second = new();
        first.Send(setup.EndPoint, 1);
        FakeDatagramTunnel flow = await setup.NextAsync();
        second.Send(setup.EndPoint, 2);
        second.Send(setup.EndPoint, 3);
        first.Send(setup.EndPoint, 4);
        Assert.That((await flow.SentAsync(), await flow.SentAsync()), Is.EqualTo((new byte[] { 1 }, new byte[] { 4 })));
        Assert.That((setup.Log.Count(FlowsFull), setup.Dials), Is.EqualTo((1, 1)), setup.Log.All);

        // Short of room, a flow goes early that is likely to be over.
        setup.Clock.Pass(IdleFlows.ShortTimeout);
        await setup.Clock.FireAsync(s_sweep);
        await flow.Disposed.Task.WaitAsync(SocketPair.Patience);
        await SocketPair.UntilAsync(() =>
        {
            second.Send(setup.EndPoint, 7);
            return setup.Dials == 2;
        });
        Assert.That(await (await setup.NextAsync()).SentAsync(), Is.EqualTo(new byte[] { 7 }));
    }

    [Test]
    public async Task Dials_under_way_are_bounded()
    {
        await using UdpSourceSetup setup = await UdpSourceSetup.StartAsync();
        TaskCompletionSource gate = new();
        setup.Gate = gate.Task;
        List<UdpProgram> users = [.. Enumerable.Range(0, 260).Select(_ => new UdpProgram())];
        users.ForEach(user => user.Send(setup.EndPoint, 1));
        await setup.Log.WaitBoundedAsync("datagrams of further users are dropped");
        Assert.That(setup.Count, Is.EqualTo(256));
        gate.SetResult();
        users.ForEach(user => user.Dispose());
    }

    [Test]
    public async Task Disposal_ends_the_flows_at_once_and_gives_the_port_back()
    {
        UdpSourceSetup setup = await UdpSourceSetup.StartAsync();
        using UdpProgram user = new();
        user.Send(setup.EndPoint, 1);
        FakeDatagramTunnel flow = await setup.NextAsync();
        await setup.DisposeAsync().AsTask().WaitAsync(SocketPair.Patience);
        Assert.That(flow.Disposed.Task.IsCompleted);
        using UdpProgram next = new(((IPEndPoint)setup.EndPoint).Port);
    }

    [Test]
    public void A_port_that_another_program_has_is_an_error()
    {
        using UdpProgram other = new();
        EndpointAddress address = EndpointAddress.Parse($"udp://{other.EndPoint}");
        Assert.That(
            async () => await UdpSockets.BindAsync(address, CancellationToken.None),
            Throws.TypeOf<ConnetEndpointException>().With.Message.EqualTo($"Another program listens at {address} already: choose another address, or end that program."));
    }

    [TestCase("udp://:53", ConnetRole.Source, null)]
    [TestCase("udp://h:53", ConnetRole.Destination, null)]
    [TestCase("udp://:53", ConnetRole.Destination, "'udp://:53' names no host to connect to: write udp://host:port.")]
    [TestCase("udp://h:53/x", ConnetRole.Source, "'udp://h:53/x' has a path, which udp does not know: write udp://host:port.")]
    [TestCase("udp://h", ConnetRole.Source, "'udp://h' needs a host and a port from 0 to 65535: write udp://host:port.")]
    public void Addresses_are_checked(string address, ConnetRole role, string? problem) =>
        Assert.That(EndpointSchemes.Udp.Check(EndpointAddress.Parse(address), role), Is.EqualTo(problem));
}
