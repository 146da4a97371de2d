using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>A TCP program on each side, and everything between them.</summary>
[TestFixture(ConnetRoute.Direct)]
[TestFixture(ConnetRoute.Relay)]
public sealed class TcpEndpointTests(ConnetRoute route)
{
    [Test]
    public async Task Bytes_and_the_end_cross_both_ways()
    {
        using TcpListener service = Listen();
        await using Scenario scenario = await StartAsync(service.LocalEndpoint);
        using TcpClient user = await ConnectAsync(scenario);
        using TcpClient served = await service.AcceptTcpClientAsync(scenario.Token);
        NetworkStream userStream = user.GetStream();
        NetworkStream servedStream = served.GetStream();
        byte[] question = RandomNumberGenerator.GetBytes(2_000_000);
        Task asking = AskAsync();
        byte[] heard = await scenario.ReadToEndAsync(servedStream);
        await asking;
        Assert.That(heard.AsSpan().SequenceEqual(question));
        await servedStream.WriteAsync(question, scenario.Token);
        served.Client.Shutdown(SocketShutdown.Send);
        byte[] answer = await scenario.ReadToEndAsync(userStream);
        Assert.That(answer.AsSpan().SequenceEqual(question));

        async Task AskAsync()
        {
            await userStream.WriteAsync(question, scenario.Token);
            user.Client.Shutdown(SocketShutdown.Send);
        }
    }

    [Test]
    public async Task A_reset_crosses_both_ways()
    {
        using TcpListener service = Listen();
        await using Scenario scenario = await StartAsync(service.LocalEndpoint);
        TcpClient first = await ConnectAsync(scenario);
        using TcpClient firstServed = await service.AcceptTcpClientAsync(scenario.Token);
        Reset(first);
        Assert.That(async () => await scenario.ReadToEndAsync(firstServed.GetStream()), Throws.InstanceOf<IOException>().With.InnerException.Property("SocketErrorCode").EqualTo(SocketError.ConnectionReset));

        using TcpClient second = await ConnectAsync(scenario);
        TcpClient secondServed = await service.AcceptTcpClientAsync(scenario.Token);
        await second.GetStream().WriteAsync(new byte[] { 1 }, scenario.Token);
        await scenario.ReadAsync(secondServed.GetStream(), 1);
        Reset(secondServed);
        Assert.That(async () => await scenario.ReadToEndAsync(second.GetStream()), Throws.InstanceOf<IOException>().With.InnerException.Property("SocketErrorCode").EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task A_service_that_is_not_there_resets_the_user()
    {
        IPEndPoint nowhere = new(IPAddress.Loopback, FreePorts.Next());
        await using Scenario scenario = await StartAsync(nowhere);
        Assert.That(
            async () =>
            {
                // The reset may be there before the connect has looked.
                using TcpClient user = await ConnectAsync(scenario);
                await scenario.ReadToEndAsync(user.GetStream());
            },
            Throws.InstanceOf<IOException>().Or.InstanceOf<SocketException>());
    }

    [Test]
    public async Task The_end_of_a_client_resets_its_users()
    {
        using TcpListener service = Listen();
        await using Scenario scenario = await StartAsync(service.LocalEndpoint);
        using TcpClient user = await ConnectAsync(scenario);
        using TcpClient served = await service.AcceptTcpClientAsync(scenario.Token);
        await scenario.Network.DisposeAsync();
        Assert.That(async () => await scenario.ReadToEndAsync(user.GetStream()), Throws.InstanceOf<IOException>());
        Assert.That(async () => await scenario.ReadToEndAsync(served.GetStream()), Throws.InstanceOf<IOException>());
    }

    private static TcpListener Listen()
    {
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static void Reset(TcpClient client)
    {
        // Not through the TcpClient, which would end the connection in order first.
        client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Client.Close(timeout: 0);
    }

    private static async Task<TcpClient> ConnectAsync(Scenario scenario)
    {
        TcpClient client = new();
        await client.ConnectAsync((IPEndPoint)scenario.Source.LocalEndPoint!, scenario.Token);
        return client;
    }

    private Task<Scenario> StartAsync(EndPoint service) => Scenario.StartAsync(
        route,
        source: options => options.Address = "tcp://127.0.0.1:0",
        destination: options => options.Address = $"tcp://{service}");
}
