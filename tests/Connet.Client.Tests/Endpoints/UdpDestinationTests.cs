using System.Net;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>The side of the service of UDP, with flows in memory.</summary>
public sealed class UdpDestinationTests
{
    [Test]
    public async Task The_service_tells_the_flows_apart_and_answers_each()
    {
        using UdpProgram service = new();
        await using UdpDestinationSetup setup = new(service.EndPoint);
        FakeDatagramTunnel first = await setup.OpenAsync();
        FakeDatagramTunnel second = await setup.OpenAsync();
        first.Arrive(1);
        (byte[] ofFirst, EndPoint firstFrom) = await service.ReceiveAsync();
        second.Arrive(2);
        (byte[] ofSecond, EndPoint secondFrom) = await service.ReceiveAsync();
        Assert.That((ofFirst[0], ofSecond[0]), Is.EqualTo(((byte)1, (byte)2)));
        Assert.That(firstFrom, Is.Not.EqualTo(secondFrom));
        service.Send(secondFrom, 3);
        service.Send(firstFrom, 4);
        Assert.That(await first.SentAsync(), Is.EqualTo(new byte[] { 4 }));
        Assert.That(await second.SentAsync(), Is.EqualTo(new byte[] { 3 }));
    }

    [Test]
    public async Task Empty_and_maximal_datagrams_pass_both_ways()
    {
        using UdpProgram service = new();
        await using UdpDestinationSetup setup = new(service.EndPoint);
        FakeDatagramTunnel flow = await setup.OpenAsync();
        flow.Arrive();
        (byte[] empty, EndPoint from) = await service.ReceiveAsync();
        Assert.That(empty, Is.Empty);
        byte[] largest = new byte[65507];
        Random.Shared.NextBytes(largest);
        flow.Arrive(largest);
        Assert.That((await service.ReceiveAsync()).Datagram.AsSpan().SequenceEqual(largest));
        service.Send(from);
        service.Send(from, largest);
        Assert.That(await flow.SentAsync(), Is.Empty);
        Assert.That((await flow.SentAsync()).AsSpan().SequenceEqual(largest));
    }

    [Test]
    public async Task A_service_that_was_not_there_is_found_in_the_same_flow_later()
    {
        IPEndPoint address = new(IPAddress.Loopback, FreePorts.Next());
        await using UdpDestinationSetup setup = new(address);
        FakeDatagramTunnel flow = await setup.OpenAsync();
        for (byte i = 0; i < 100; i++)
        {
            flow.Arrive(i);
        }

        // Which of them are refused and which arrive depends on when the service comes, and so does what becomes of the next ones.
        using UdpProgram service = new(address.Port);
        Task<(byte[] Datagram, EndPoint From)> receiving = ReceiveAsync(200);
        using PeriodicTimer again = new(TimeSpan.FromMilliseconds(100));
        while (!receiving.IsCompleted)
        {
            flow.Arrive(200);
            await again.WaitForNextTickAsync();
        }

        (byte[] Datagram, EndPoint From) received = await receiving;

        service.Send(received.From, 201);
        Assert.That(await flow.SentAsync(), Is.EqualTo(new byte[] { 201 }));
        Assert.That(flow.Disposed.Task.IsCompleted, Is.False);

        async Task<(byte[] Datagram, EndPoint From)> ReceiveAsync(byte first)
        {
            while (true)
            {
                (byte[] Datagram, EndPoint From) next = await service.ReceiveAsync();
                if (next.Datagram[0] == first)
                {
                    return next;
                }
            }
        }
    }

    [Test]
    public async Task A_flow_ends_with_its_source_and_when_it_was_idle_for_too_long()
    {
        ManualTimers clock = new();
        using UdpProgram service = new();
        await using UdpDestinationSetup setup = new(service.EndPoint, clock);
        FakeDatagramTunnel ended = await setup.OpenAsync();
        ended.End();
        await ended.Disposed.Task.WaitAsync(SocketPair.Patience);

        FakeDatagramTunnel idle = await setup.OpenAsync();
        idle.Arrive(0);
        await service.ReceiveAsync();
        FakeDatagramTunnel answered = await setup.OpenAsync();
        answered.Arrive(1);
        (_, EndPoint from) = await service.ReceiveAsync();
        clock.Pass(new EndpointContext().FlowIdleTimeout - TimeSpan.FromSeconds(5));
        service.Send(from, 2);
        await answered.SentAsync();
        await clock.FireAsync(TimeSpan.FromSeconds(5));
        await idle.Disposed.Task.WaitAsync(SocketPair.Patience);
        Assert.That(answered.Disposed.Task.IsCompleted, Is.False);
    }

    [Test]
    public async Task Disposal_ends_the_flows_at_once()
    {
        using UdpProgram service = new();
        UdpDestinationSetup setup = new(service.EndPoint);
        FakeDatagramTunnel flow = await setup.OpenAsync();
        await setup.DisposeAsync().AsTask().WaitAsync(SocketPair.Patience);
        Assert.That(flow.Disposed.Task.IsCompleted);
    }

    [Test]
    public void A_name_that_is_unknown_is_said_to_be() => Assert.That(
        async () => await UdpSockets.ConnectAsync("no name at all", 53, CancellationToken.None),
        Throws.InstanceOf<IOException>().With.Message.StartsWith("The host 'no name at all' cannot be found"));
}
