using System.Net;
using Connet.Client.Nat;

namespace Connet.Client.Tests.Nat;

internal sealed class LocalAddressesTests
{
    private static readonly IPEndPoint s_anySocket = new(IPAddress.IPv6Any, 19192);

    [Test]
    public void Reflexive_address_comes_first_and_local_ones_carry_the_port_of_the_socket() =>
        Assert.That(
            Select(s_anySocket, reflexive: "203.0.113.7:4711", interfaces: Interface("eth0", "192.168.1.5", "2001:db8::5")),
            Is.EqualTo(["203.0.113.7:4711", "192.168.1.5:19192", "[2001:db8::5]:19192"]));

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    [TestCase("169.254.10.1")]
    [TestCase("fe80::1")]
    [TestCase("224.0.0.5")]
    [TestCase("ff02::1")]
    [TestCase("0.0.0.0")]
    [TestCase("::")]
    [TestCase("255.255.255.255")]
    public void Addresses_that_nobody_else_can_use_are_left_out(string address) =>
        Assert.That(Select(s_anySocket, reflexive: new IPEndPoint(IPAddress.Parse(address), 1).ToString(), interfaces: Interface("eth0", address)), Is.Empty);

    [Test]
    public void Interfaces_that_are_down_are_left_out() =>
        Assert.That(Select(s_anySocket, interfaces: Interface("eth0", "192.168.1.5") with { IsUp = false }), Is.Empty);

    [TestCase("docker0", false, false)]
    [TestCase("br-3fa9", false, false)]
    [TestCase("veth12", false, false)]
    [TestCase("virbr0", false, false)]
    [TestCase("cni0", false, false)]
    [TestCase("podman1", false, false)]
    [TestCase("vEthernet (WSL)", false, false)]
    [TestCase("br-lan", true, true)]
    [TestCase("br0", false, true)]
    [TestCase("eth0", false, true)]
    [TestCase("wg0", false, true)]
    public void Bridges_of_containers_are_left_out_unless_they_lead_outside(string name, bool hasGateway, bool announced) =>
        Assert.That(Select(s_anySocket, interfaces: Interface(name, "172.17.0.1") with { HasGateway = hasGateway }), Has.Length.EqualTo(announced ? 1 : 0));

    [Test]
    public void Nothing_is_said_twice_however_it_is_written() =>
        Assert.That(
            Select(s_anySocket, reflexive: "192.168.1.5:19192", interfaces: [Interface("eth0", "192.168.1.5"), Interface("eth1", "::ffff:192.168.1.5", "2001:db8::5%3")]),
            Is.EqualTo(["192.168.1.5:19192", "[2001:db8::5]:19192"]));

    [TestCase("0.0.0.0", true, "192.168.1.5 127.0.0.1")]
    [TestCase("0.0.0.0", false, "192.168.1.5")]
    [TestCase("::", true, "192.168.1.5 2001:db8::5 127.0.0.1 ::1")]
    [TestCase("192.168.1.5", true, "192.168.1.5")]
    [TestCase("10.0.0.9", true, "10.0.0.9")]
    [TestCase("2001:db8::5", true, "2001:db8::5")]
    [TestCase("127.0.0.1", true, "127.0.0.1")]
    [TestCase("127.0.0.1", false, "")]
    [TestCase("::1", true, "::1")]
    public void Socket_decides_which_families_and_addresses(string socket, bool withLoopback, string expected)
    {
        string[] selected = Select(new IPEndPoint(IPAddress.Parse(socket), 5), withLoopback: withLoopback, interfaces: Interface("eth0", "192.168.1.5", "2001:db8::5", "127.0.0.1"));
        Assert.That(selected, Is.EqualTo(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => new IPEndPoint(IPAddress.Parse(each), 5).ToString())));
    }

    [Test]
    public void List_is_short_and_loopback_still_has_its_place()
    {
        string[] many = [.. Enumerable.Range(1, 40).Select(i => $"10.0.0.{i}")];
        string[] selected = Select(s_anySocket, reflexive: "203.0.113.7:4711", withLoopback: true, interfaces: Interface("eth0", many));
        Assert.That(selected, Has.Length.EqualTo(16));
        Assert.That(selected, Does.Contain("203.0.113.7:4711").And.Contain("127.0.0.1:19192").And.Contain("[::1]:19192"));
    }

    [Test]
    public void System_lists_its_interfaces()
    {
        IReadOnlyList<LocalInterface> interfaces = new SystemInterfaces().Read();
        Assert.That(interfaces.SelectMany(each => each.Addresses), Does.Contain(IPAddress.Loopback));
    }

    private static LocalInterface Interface(string name, params string[] addresses) =>
        new(name, IsUp: true, HasGateway: false, [.. addresses.Select(IPAddress.Parse)]);

    private static string[] Select(IPEndPoint socket, string? reflexive = null, bool withLoopback = false, params LocalInterface[] interfaces) =>
    [
        .. LocalAddresses.Select(reflexive is null ? [] : [IPEndPoint.Parse(reflexive)], interfaces, socket, withLoopback).Select(each => each.ToString()),
    ];
}
