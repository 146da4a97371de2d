using System.Net;
using Connet.Client.Nat;
using Connet.Client.Tests.Control;
using Connet.HandPeer;
using Connet.Protocol.Addressing;
using Connet.Protocol;
using Connet.Protocol.Control;
using Connet.Quic;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connet.Client.Tests.Nat;

[Parallelizable(ParallelScope.All)]
internal sealed class AnnouncedAddressesTests
{
    private static readonly TimeSpan s_burst = TimeSpan.FromMilliseconds(250);

    [Test]
    public async Task Changes_of_the_network_count_once_per_burst_and_only_if_they_change_something()
    {
        ManualTimers clock = new();
        FakeInterfaces interfaces = new();
        await using QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Any, 0) });
        ConnetClientOptions options = new() { TimeProvider = clock };
        AnnouncedAddresses addresses = new(new ClientContext(endpoint, options, NullLogger.Instance), interfaces);
        int changes = 0;
        SemaphoreSlim looked = new(0);
        addresses.Changed += () => changes++;
        addresses.NetworkChanged += () => looked.Release();
        addresses.Start();
        Assert.That(addresses.Current, Is.Empty);

        interfaces.Interfaces = [new LocalInterface("eth0", true, true, [IPAddress.Parse("192.168.1.5")])];
        for (int i = 0; i < 5; i++)
        {
            interfaces.Raise();
        }

        await clock.FireAsync(s_burst);
        Assert.That(await looked.WaitAsync(HandConnection.Patience));
        Assert.That(addresses.Current, Is.EqualTo([new IPEndPoint(IPAddress.Parse("192.168.1.5"), endpoint.LocalEndPoint.Port)]));
        Assert.That(changes, Is.EqualTo(1));

        interfaces.Raise();
        await clock.FireAsync(s_burst);
        Assert.That(await looked.WaitAsync(HandConnection.Patience));
        Assert.That(changes, Is.EqualTo(1));
        await addresses.DisposeAsync();
        interfaces.Raise();
    }

    [Test]
    public async Task Loopback_is_announced_only_while_the_control_connection_runs_over_it_or_as_set()
    {
        await using QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Any, 0) });
        IPEndPoint loopback = new(IPAddress.Loopback, endpoint.LocalEndPoint.Port);
        foreach ((bool? set, bool over, bool announced) in new (bool?, bool, bool)[] { (null, true, true), (null, false, false), (true, false, true), (false, true, false) })
        {
            ClientContext context = new(endpoint, new ConnetClientOptions { AnnounceLoopback = set }, NullLogger.Instance) { ControlIsOverLoopback = over };
            AnnouncedAddresses addresses = new(context, new FakeInterfaces());
            addresses.SetReflexive(loopback);
            Assert.That(addresses.Current.Contains(loopback), Is.EqualTo(announced), $"{set} {over}");
        }
    }

    [Test]
    public async Task New_address_is_announced_on_the_open_stream_and_the_control_connection_is_probed()
    {
        ManualTimers clock = new();
        FakeEndpoint endpoint = new() { Route = ConnetRoute.Direct };
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, null, endpoint);
        await using HandConnection connection = await server.AuthenticateAsync(publicEndPoint: new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711));
        (HandStream stream, Request.Types.Announce announce) = await new HandStreams(connection).NextAnnounceAsync();
        Assert.That(announce.Peer.Directs[0], Is.EqualTo(AddressMessages.ToAddrPort(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711))));

        // The socket is bound to loopback, so that its own address changes with what is allowed: as after a move between networks.
        link.Context.ControlIsOverLoopback = false;
        link.Interfaces.Raise();
        await clock.FireAsync(s_burst);
        announce = (await stream.ReceiveAsync(Request.Parser)).Announce;
        Assert.That(announce.Peer.Directs, Is.EqualTo([AddressMessages.ToAddrPort(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711))]));
    }

    [Test]
    public async Task Other_public_address_after_a_reconnect_is_announced()
    {
        // On a clock that runs, a slow machine would make the client try a second time beside, and the second wait would get that one.
        ManualTimers clock = new();
        FakeEndpoint endpoint = new() { Route = ConnetRoute.Direct };
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, null, endpoint);
        HandConnection first = await server.AuthenticateAsync(publicEndPoint: new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711));
        await new HandStreams(first).NextAnnounceAsync();
        await first.Connection.CloseAsync(0, "restart");
        await clock.FireAsync(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(100));
        await using HandConnection second = await server.AuthenticateAsync(publicEndPoint: new IPEndPoint(IPAddress.Parse("203.0.113.8"), 4712));
        (_, Request.Types.Announce announce) = await new HandStreams(second).NextAnnounceAsync();
        Assert.That(announce.Peer.Directs[0], Is.EqualTo(AddressMessages.ToAddrPort(new IPEndPoint(IPAddress.Parse("203.0.113.8"), 4712))));
    }
}
