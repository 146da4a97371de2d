using System.Net.WebSockets;
using Connet.Client;

namespace Connet.AspNetCore.Tests;

/// <summary>How WebSockets end and wait, as byte streams on each kind of path.</summary>
[TestFixture("ws", ConnetRoute.Direct)]
[TestFixture("ws", ConnetRoute.Relay)]
[TestFixture("wss", ConnetRoute.Direct)]
[TestFixture("wss", ConnetRoute.Relay)]
public sealed class WebSocketTransferTests(string scheme, ConnetRoute route) : IDisposable
{
    private TestAuthority _authority = null!;

    [OneTimeSetUp]
    public void MakeAuthority() => _authority = new TestAuthority();

    [SetUp]
    public void LeaveOutWhatIsNearlyTheSame()
    {
        if (scheme == "wss" && route == ConnetRoute.Direct)
        {
            TestMachine.RequireTime();
        }
    }

    public void Dispose() => _authority.Dispose();

    [Test]
    public async Task A_close_frame_is_the_end_and_the_answer_still_arrives()
    {
        await using Scenario scenario = await StartAsync();
        (ClientWebSocket client, ConnetConnection connection) = await WebSocketUser.ConnectAsync(scenario, scheme);
        using (client)
        await using (connection)
        {
            await client.SendAsync("question"u8.ToArray(), WebSocketMessageType.Binary, true, scenario.Token);
            await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, scenario.Token);
            using StreamReader reader = new(connection, leaveOpen: true);
            Assert.That(await reader.ReadToEndAsync(scenario.Token), Is.EqualTo("question"));
            await connection.WriteAsync("answer"u8.ToArray(), scenario.Token);
            connection.CompleteWrites();
            Assert.That(await WebSocketUser.ReceiveAsync(client, 6, scenario.Token), Is.EqualTo("answer"u8.ToArray()));
            WebSocketReceiveResult end = await client.ReceiveAsync(new byte[10], scenario.Token);
            Assert.That(end.CloseStatus, Is.EqualTo(WebSocketCloseStatus.NormalClosure));
        }
    }

    [Test]
    public async Task The_end_of_the_destination_is_a_close_frame_and_the_user_may_go_on()
    {
        await using Scenario scenario = await StartAsync();
        (ClientWebSocket client, ConnetConnection connection) = await WebSocketUser.ConnectAsync(scenario, scheme);
        using (client)
        await using (connection)
        {
            connection.CompleteWrites();
            Assert.That((await client.ReceiveAsync(new byte[10], scenario.Token)).MessageType, Is.EqualTo(WebSocketMessageType.Close));
            await client.SendAsync("late"u8.ToArray(), WebSocketMessageType.Binary, true, scenario.Token);
            await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, scenario.Token);
            using StreamReader reader = new(connection, leaveOpen: true);
            Assert.That(await reader.ReadToEndAsync(scenario.Token), Is.EqualTo("late"));
        }
    }

    [Test]
    public async Task A_reset_of_the_destination_is_no_close_frame()
    {
        await using Scenario scenario = await StartAsync();
        (ClientWebSocket client, ConnetConnection connection) = await WebSocketUser.ConnectAsync(scenario, scheme);
        using (client)
        await using (connection)
        {
            connection.Abort(7);
            Assert.That(async () => await client.ReceiveAsync(new byte[10], scenario.Token), Throws.InstanceOf<WebSocketException>());
            Assert.That(client.CloseStatus, Is.Null);
        }
    }

    [Test]
    public async Task A_user_that_vanishes_resets_the_destination()
    {
        await using Scenario scenario = await StartAsync();
        (ClientWebSocket client, ConnetConnection connection) = await WebSocketUser.ConnectAsync(scenario, scheme);
        await using (connection)
        {
            client.Abort();
            client.Dispose();
            Assert.That(async () => await connection.ReadAsync(new byte[10], scenario.Token), Throws.InstanceOf<ConnetConnectionException>());
        }
    }

    [Test]
    public async Task A_destination_that_does_not_read_holds_the_user_back()
    {
        int total = TestMachine.Rounds(full: 100, quick: 40);
        await using Scenario scenario = await StartAsync();
        (ClientWebSocket client, ConnetConnection connection) = await WebSocketUser.ConnectAsync(scenario, scheme);
        using (client)
        await using (connection)
        {
            int sent = 0;
            Task sending = Task.Run(async () =>
            {
                byte[] megabyte = new byte[1024 * 1024];
                for (; sent < total; Interlocked.Increment(ref sent))
                {
                    await client.SendAsync(megabyte, WebSocketMessageType.Binary, true, scenario.Token);
                }
            });
            Assert.That(await scenario.UntilStillAsync(() => Volatile.Read(ref sent), "nothing more is taken"), Is.LessThan(total / 2));
            byte[] buffer = new byte[1024 * 1024];
            for (int i = 0; i < total; i++)
            {
                await connection.ReadExactlyAsync(buffer, scenario.Token);
            }

            await sending;
        }
    }

    private async Task<Scenario> StartAsync()
    {
        Scenario scenario = await Scenario.StartAsync(route);
        scenario.AddDestination();
        await scenario.AddSourceAsync(
            $"{scheme}://127.0.0.1:0", options => (options.Tls.CertificateFile, options.Tls.KeyFile) = scheme == "wss" ? _authority.Issue("server") : default);
        await scenario.Source.WaitForPathAsync(scenario.Token);
        return scenario;
    }
}
