using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Tests.Crypto;

namespace Connet.Quic.Tests.Simulation;

public sealed class EndpointRouteTests
{
    private static readonly NetworkAddress _from = NetworkAddress.FromIPv4(0x0a000001, 1);

    [Test]
    public void Whatever_is_no_packet_of_ours_is_dropped()
    {
        using Endpoint endpoint = Create();
        Assert.That(endpoint.Route(default, _from, default).Kind, Is.EqualTo(RouteKind.Drop));
        Assert.That(endpoint.Route(default, _from, [0x00, 1, 2, 3]).Kind, Is.EqualTo(RouteKind.NotQuic));
        Assert.That(endpoint.Route(default, _from, [0x40, 1, 2, 3]).Kind, Is.EqualTo(RouteKind.Drop));
        Assert.That(endpoint.Route(default, _from, [0xc0, 0, 0, 0]).Kind, Is.EqualTo(RouteKind.Drop));
        Assert.That(endpoint.Route(default, _from, Filled(40, 0x40)).Kind, Is.EqualTo(RouteKind.Unknown));
    }

    [Test]
    public void An_initial_is_incoming_only_in_a_full_size_datagram([Values(1199, 1200)] int size)
    {
        QuicPair pair = new(new PairOptions());
        byte[]? initial = null;
        pair.ToServer.Filter = datagram =>
        {
            initial ??= [.. datagram];
            return false;
        };
        pair.BeginConnect();
        using Endpoint endpoint = Create();

        // The packet's Length field still covers what is cut off, so the header says the same.
        Route route = endpoint.Route(pair.Now, _from, initial.AsSpan(0, size));
        Assert.That(route.Kind, Is.EqualTo(size == 1200 ? RouteKind.Incoming : RouteKind.Drop));
    }

    [Test]
    public void A_stateless_reset_is_shorter_than_its_cause()
    {
        using Endpoint endpoint = Create();
        byte[] reply = new byte[64];
        for (int length = 0; length < 100; length++)
        {
            Timestamp now = new(TimeSpan.TicksPerSecond * (length + 1));
            int size = endpoint.WriteStatelessReset(now, _from, Filled(length, 0x40), reply);
            Assert.That(size, length <= 21 ? Is.Zero : Is.InRange(21, length - 1));
        }
    }

    [Test]
    public void Stateless_resets_to_an_address_are_limited_in_rate()
    {
        using Endpoint endpoint = Create();
        byte[] reply = new byte[64];
        Timestamp start = new(TimeSpan.TicksPerDay);
        Assert.That(CountResets(start, 1000), Is.EqualTo(ResetLimiter.Burst), "as many at once as a peer may have connections");
        Assert.That(CountResets(start + TimeSpan.FromMilliseconds(19.9), 10), Is.Zero);
        Assert.That(CountResets(start + TimeSpan.FromMilliseconds(20), 10), Is.EqualTo(1));
        Assert.That(CountResets(start + TimeSpan.FromMilliseconds(100), 10), Is.EqualTo(4));
        Assert.That(CountResets(start + TimeSpan.FromHours(1), 1000), Is.EqualTo(ResetLimiter.Burst), "no more than that after any quiet time");

        int CountResets(Timestamp now, int datagrams) =>
            Enumerable.Range(0, datagrams).Count(_ => endpoint.WriteStatelessReset(now, _from, Filled(64, 0x40), reply) > 0);
    }

    [Test]
    public void A_handle_is_found_by_its_present_address_only()
    {
        HandleTable table = new();
        NetworkAddress other = NetworkAddress.FromIPv4(0x0a000002, 1);
        int first = table.Add(_from);
        int second = table.Add(_from);
        table.Move(first, other);
        Assert.That(table.WithRemote(_from).ToArray(), Is.EqualTo(new[] { second }));
        Assert.That(table.WithRemote(other).ToArray(), Is.EqualTo(new[] { first }));
        table.Remove(first);
        table.Remove(first);
        Assert.That(table.WithRemote(other).Length, Is.Zero);
        Assert.That(table.Count, Is.EqualTo(1));
    }

    private static Endpoint Create() => new(new EndpointConfig { StatelessResetKey = new byte[32], TokenKey = new byte[32] }, new TestRandom(1));

    private static byte[] Filled(int length, byte value)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
