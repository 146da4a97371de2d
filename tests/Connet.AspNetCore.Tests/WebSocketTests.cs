using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Connet.Client;

namespace Connet.AspNetCore.Tests;

/// <summary>WebSockets as byte streams; <see cref="WebSocketTransferTests"/> has their ends.</summary>
public sealed class WebSocketTests
{
    [TestCase(WebSocketMessageType.Binary)]
    [TestCase(WebSocketMessageType.Text)]
    public async Task Messages_are_bytes_both_ways(WebSocketMessageType type)
    {
        await using Scenario scenario = await StartAsync();
        (ClientWebSocket client, ConnetConnection connection) = await WebSocketUser.ConnectAsync(scenario);
        using (client)
        await using (connection)
        {
            byte[] sent = type == WebSocketMessageType.Binary ? RandomNumberGenerator.GetBytes(3_000_000) : Encoding.ASCII.GetBytes(new string('t', 3_000_000));
            Task sending = SendAsync();
            byte[] received = new byte[sent.Length];
            await connection.ReadExactlyAsync(received, scenario.Token);
            await sending;
            Assert.That(received.AsSpan().SequenceEqual(sent));
            Task answering = connection.WriteAsync(sent, scenario.Token).AsTask();
            Assert.That((await WebSocketUser.ReceiveAsync(client, sent.Length, scenario.Token)).AsSpan().SequenceEqual(sent));
            await answering;

            async Task SendAsync()
            {
                foreach (byte[] message in sent.Chunk(100_000))
                {
                    await client.SendAsync(message, type, endOfMessage: message[0] % 2 == 0, scenario.Token);
                }
            }
        }
    }

    [Test]
    public async Task A_destination_that_asks_for_it_is_told_the_user_of_the_socket()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        scenario.AddDestination(null, options => options.ProxyProtocol = ConnetProxyProtocol.V1);
        await scenario.AddSourceAsync("ws://127.0.0.1:0");
        await scenario.Source.WaitForPathAsync(scenario.Token);
        (ClientWebSocket client, ConnetConnection connection) = await WebSocketUser.ConnectAsync(scenario);
        using (client)
        await using (connection)
        {
            using StreamReader reader = new(connection, leaveOpen: true);
            string header = (await reader.ReadLineAsync(scenario.Token))!;
            Assert.That(header, Does.Match($"^PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.1 [0-9]+ {scenario.EndPoint.Port}$"));
        }
    }

    [Test]
    public async Task Each_socket_is_a_connection_to_a_tcp_service()
    {
        using System.Net.Sockets.TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        await using Scenario scenario = await Scenario.StartAsync("ws://127.0.0.1:0/a%20b", $"tcp://127.0.0.1:{((IPEndPoint)service.LocalEndpoint).Port}");
        Task echoing = Task.Run(async () =>
        {
            for (int i = 0; i < 5; i++)
            {
                using System.Net.Sockets.TcpClient served = await service.AcceptTcpClientAsync(scenario.Token);
                await served.GetStream().CopyToAsync(served.GetStream(), scenario.Token);
            }
        });
        for (byte i = 0; i < 5; i++)
        {
            using ClientWebSocket client = new();
            client.Options.AddSubProtocol("other");
            client.Options.AddSubProtocol("binary");
            await client.ConnectAsync(new Uri($"ws://127.0.0.1:{scenario.EndPoint.Port}/a%20b"), scenario.Token);
            Assert.That(client.SubProtocol, Is.EqualTo("binary"));
            await client.SendAsync(new[] { i }, WebSocketMessageType.Binary, true, scenario.Token);
            Assert.That(await WebSocketUser.ReceiveAsync(client, 1, scenario.Token), Is.EqualTo(new[] { i }));
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, scenario.Token);
            Assert.That(client.State, Is.EqualTo(WebSocketState.Closed));
        }

        await echoing;
    }

    [TestCase("/else", null, HttpStatusCode.NotFound)]
    [TestCase("/", "http://evil.example", HttpStatusCode.Forbidden)]
    [TestCase("/", "null", HttpStatusCode.Forbidden)]
    public async Task Sockets_elsewhere_or_of_pages_from_elsewhere_are_refused(string path, string? origin, HttpStatusCode expected)
    {
        await using Scenario scenario = await StartAsync();
        using ClientWebSocket client = new();
        client.Options.CollectHttpResponseDetails = true;
        if (origin is not null)
        {
            client.Options.SetRequestHeader("Origin", origin);
        }

        Assert.That(async () => await client.ConnectAsync(new Uri($"ws://127.0.0.1:{scenario.EndPoint.Port}{path}"), scenario.Token), Throws.InstanceOf<WebSocketException>());
        Assert.That(client.HttpStatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task Sockets_of_own_pages_are_taken()
    {
        await using Scenario scenario = await StartAsync();
        (ClientWebSocket client, ConnetConnection connection) = await WebSocketUser.ConnectAsync(
            scenario, configure: options => options.SetRequestHeader("Origin", $"http://127.0.0.1:{scenario.EndPoint.Port}"));
        using (client)
        await using (connection)
        {
            Assert.That(client.State, Is.EqualTo(WebSocketState.Open));
        }
    }

    [Test]
    public async Task What_is_no_WebSocket_is_told_so()
    {
        await using Scenario scenario = await StartAsync();
        using HttpClient http = scenario.Http();
        using HttpResponseMessage response = await http.GetAsync("/", scenario.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.UpgradeRequired));
        Assert.That(response.Headers.Upgrade.ToString(), Is.EqualTo("websocket"));
    }

    [Test]
    public async Task A_destination_that_is_not_there_is_a_bad_gateway()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        await scenario.AddSourceAsync("ws://127.0.0.1:0");
        using ClientWebSocket client = new();
        client.Options.CollectHttpResponseDetails = true;
        Assert.That(async () => await client.ConnectAsync(new Uri($"ws://127.0.0.1:{scenario.EndPoint.Port}/"), scenario.Token), Throws.InstanceOf<WebSocketException>());
        Assert.That(client.HttpStatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
    }

    [Test]
    public async Task The_end_of_the_source_ends_sockets_in_time()
    {
        await using Scenario scenario = await Scenario.StartAsync(configure: options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
        ConnetDestination destination = scenario.AddDestination();
        await scenario.AddSourceAsync("ws://127.0.0.1:0");
        Task<ConnetConnection> accepting = destination.AcceptAsync(scenario.Token).AsTask();
        using ClientWebSocket client = new();
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{scenario.EndPoint.Port}/"), scenario.Token);
        await using ConnetConnection connection = await accepting;
        await scenario.SourceClient.Client.StopAsync(scenario.Token);
        Assert.That(async () => await client.ReceiveAsync(new byte[10], scenario.Token), Throws.InstanceOf<WebSocketException>());
    }

    private static async Task<Scenario> StartAsync()
    {
        Scenario scenario = await Scenario.StartAsync();
        scenario.AddDestination();
        await scenario.AddSourceAsync("ws://127.0.0.1:0");
        await scenario.Source.WaitForPathAsync(scenario.Token);
        return scenario;
    }
}
