using System.Net;
using Connet.Client.Direct;

namespace Connet.Client.Tests.Peers;

public sealed class CandidateFilterTests
{
    private static readonly IPEndPoint s_socket = new(IPAddress.IPv6Any, 19192);
    private static readonly LocalNetworks s_networks = new([(IPAddress.Parse("192.168.7.20"), 24), (IPAddress.Parse("2001:db8:7::20"), 64)]);

    [TestCase("0.0.0.0:1")]
    [TestCase("0.1.2.3:1")]
    [TestCase("224.0.0.1:1")]
    [TestCase("239.255.255.250:1900")]
    [TestCase("240.0.0.1:1")]
    [TestCase("255.255.255.255:1")]
    [TestCase("169.254.10.10:1")]
    [TestCase("127.0.0.1:1")]
    [TestCase("127.8.8.8:1")]
    [TestCase("[::]:1")]
    [TestCase("[::1]:1")]
    [TestCase("[fe80::1]:1")]
    [TestCase("[ff02::1]:1")]
    [TestCase("8.8.8.8:0")]
    [TestCase("192.168.7.20:19192")]
    [TestCase("[2001:db8:7::20]:19192")]
    public void What_cannot_be_a_peer_is_left_out(string address) => Assert.That(Choose([address]), Is.Empty);

    [TestCase("192.168.7.20:5000")]
    [TestCase("192.168.7.21:19192")]
    [TestCase("8.8.8.8:53")]
    [TestCase("10.1.2.3:19192")]
    [TestCase("[2001:db8:9::1]:19192")]
    public void What_can_be_a_peer_stays(string address) => Assert.That(Choose([address]), Is.EqualTo(new[] { address }));

    [Test]
    public void Loopback_is_used_where_the_control_connection_runs_over_it()
    {
        Assert.That(Choose(["127.0.0.1:5000", "[::1]:5000"], usesLoopback: true), Is.EqualTo(new[] { "127.0.0.1:5000", "[::1]:5000" }));
        Assert.That(Choose(["127.0.0.1:19192"], usesLoopback: true), Is.Empty, "the own socket");
    }

    [Test]
    public void Own_subnets_come_first_then_public_addresses_then_private_ones_elsewhere() => Assert.That(
        Choose(["10.9.9.9:1", "8.8.8.8:1", "192.168.7.99:1", "172.20.1.1:1", "[2001:db8:7::99]:1", "100.64.0.1:1", "9.9.9.9:1"]),
        Is.EqualTo(new[] { "192.168.7.99:1", "[2001:db8:7::99]:1", "8.8.8.8:1", "9.9.9.9:1", "10.9.9.9:1", "172.20.1.1:1", "100.64.0.1:1" }));

    [Test]
    public void Duplicates_count_once_and_no_more_than_sixteen_are_dialled()
    {
        IEnumerable<string> many = Enumerable.Range(0, 1000).Select(i => $"8.8.{i / 200}.{i % 200}:1");
        IReadOnlyList<string> chosen = Choose(many.Concat(many).Append("192.168.7.99:1"));
        Assert.That(chosen, Has.Count.EqualTo(16));
        Assert.That(chosen, Is.Unique);
        Assert.That(chosen[0], Is.EqualTo("192.168.7.99:1"));
    }

    [Test]
    public void Socket_of_one_family_dials_no_other() =>
        Assert.That(Choose(["8.8.8.8:1", "[2001:db8::1]:1"], socket: new IPEndPoint(IPAddress.Any, 1)), Is.EqualTo(new[] { "8.8.8.8:1" }));

    private static IReadOnlyList<string> Choose(IEnumerable<string> directs, bool usesLoopback = false, IPEndPoint? socket = null) =>
        [.. CandidateFilter.Choose(directs.Select(IPEndPoint.Parse), socket ?? s_socket, s_networks, usesLoopback).Select(chosen => chosen.ToString())];
}
