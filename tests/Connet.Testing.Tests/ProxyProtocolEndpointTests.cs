using System.Net;
using System.Net.Sockets;
using System.Text;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>What a service learns of the user at the other end, on each kind of path.</summary>
[TestFixture(ConnetRoute.Direct)]
[TestFixture(ConnetRoute.Relay)]
public sealed class ProxyProtocolEndpointTests(ConnetRoute route)
{
    [TestCase("tcp")]
    [TestCase("tls")]
    public async Task A_service_learns_the_address_of_its_user_before_the_first_byte(string scheme)
    {
        using OuterPrograms programs = new(scheme);
        await using Scenario scenario = await StartAsync(programs, ConnetProxyProtocol.V1);
        (OuterConnection user, OuterConnection served) = await programs.OpenAsync(scenario);
        using (user)
        using (served)
        {
            await user.Stream.WriteAsync("question"u8.ToArray(), scenario.Token);
            await user.EndAsync();
            IPEndPoint from = (IPEndPoint)user.Socket.LocalEndPoint!;
            IPEndPoint to = (IPEndPoint)scenario.Source.LocalEndPoint!;
            Assert.That(
                Encoding.ASCII.GetString(await scenario.ReadToEndAsync(served.Stream)),
                Is.EqualTo($"PROXY TCP4 127.0.0.1 127.0.0.1 {from.Port} {to.Port}\r\nquestion"));
        }
    }

    [Test]
    public async Task A_service_learns_the_address_in_binary_form()
    {
        using OuterPrograms programs = new("tcp");
        await using Scenario scenario = await StartAsync(programs, ConnetProxyProtocol.V2);
        (OuterConnection user, OuterConnection served) = await programs.OpenAsync(scenario);
        using (user)
        using (served)
        {
            await user.EndAsync();
            byte[] header = await scenario.ReadToEndAsync(served.Stream);
            IPEndPoint from = (IPEndPoint)user.Socket.LocalEndPoint!;
            IPEndPoint to = (IPEndPoint)scenario.Source.LocalEndPoint!;
            Assert.That(
                Convert.ToHexString(header), Is.EqualTo($"0D0A0D0A000D0A515549540A2111000C7F0000017F000001{from.Port:X4}{to.Port:X4}"));
        }
    }

    [Test]
    public async Task A_user_over_IPv6_has_an_IPv6_address()
    {
        if (!Socket.OSSupportsIPv6)
        {
            Assert.Ignore("This machine has no IPv6.");
        }

        using OuterPrograms programs = new("tcp");
        await using Scenario scenario = await StartAsync(programs, ConnetProxyProtocol.V1, "tcp://[::1]:0");
        using TcpClient user = new(AddressFamily.InterNetworkV6);
        await user.ConnectAsync((IPEndPoint)scenario.Source.LocalEndPoint!, scenario.Token);
        using OuterConnection served = await programs.AcceptAsync(scenario);
        user.Client.Shutdown(SocketShutdown.Send);
        string header = Encoding.ASCII.GetString(await scenario.ReadToEndAsync(served.Stream));
        IPEndPoint from = (IPEndPoint)user.Client.LocalEndPoint!;
        Assert.That(header, Is.EqualTo($"PROXY TCP6 ::1 ::1 {from.Port} {((IPEndPoint)scenario.Source.LocalEndPoint!).Port}\r\n"));
    }

    /// <summary>As <c>tcp://:8000</c>: IPv4 users arrive there with IPv6 addresses that only look so.</summary>
    [Test]
    public async Task A_user_over_IPv4_at_a_socket_of_both_families_has_an_IPv4_address()
    {
        using OuterPrograms programs = new("tcp");
        await using Scenario scenario = await StartAsync(programs, ConnetProxyProtocol.V1, "tcp://:0");
        int port = ((IPEndPoint)scenario.Source.LocalEndPoint!).Port;
        using TcpClient user = new(AddressFamily.InterNetwork);
        await user.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), scenario.Token);
        using OuterConnection served = await programs.AcceptAsync(scenario);
        user.Client.Shutdown(SocketShutdown.Send);
        string header = Encoding.ASCII.GetString(await scenario.ReadToEndAsync(served.Stream));
        Assert.That(header, Is.EqualTo($"PROXY TCP4 127.0.0.1 127.0.0.1 {((IPEndPoint)user.Client.LocalEndPoint!).Port} {port}\r\n"));
    }

    [Test]
    public async Task Users_of_Unix_sockets_and_of_plain_dials_are_unknown()
    {
        using OuterPrograms programs = new("unix");
        await using Scenario scenario = await StartAsync(programs, ConnetProxyProtocol.V1);
        (OuterConnection user, OuterConnection served) = await programs.OpenAsync(scenario);
        using (user)
        using (served)
        {
            await user.EndAsync();
            Assert.That(Encoding.ASCII.GetString(await scenario.ReadToEndAsync(served.Stream)), Is.EqualTo("PROXY UNKNOWN\r\n"));
        }

        Task<OuterConnection> accepting = programs.AcceptAsync(scenario);
        await using ConnetConnection dialled = await scenario.DialAsync();
        dialled.CompleteWrites();
        using OuterConnection second = await accepting;
        Assert.That(Encoding.ASCII.GetString(await scenario.ReadToEndAsync(second.Stream)), Is.EqualTo("PROXY UNKNOWN\r\n"));
    }

    private Task<Scenario> StartAsync(OuterPrograms programs, ConnetProxyProtocol version, string? source = null) => Scenario.StartAsync(
        route,
        source: options =>
        {
            programs.Configure(options);
            options.Address = source ?? options.Address;
        },
        destination: options =>
        {
            programs.Configure(options);
            options.ProxyProtocol = version;
        });
}
