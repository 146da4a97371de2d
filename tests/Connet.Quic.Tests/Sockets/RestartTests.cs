using System.Security.Cryptography;

namespace Connet.Quic.Tests.Sockets;

/// <summary>A peer that was killed and started anew with its reset key: the other end learns of it from its own keep-alives.</summary>
internal sealed class RestartTests : SocketFixture
{
    private static readonly TimeSpan _keepAlive = TimeSpan.FromMilliseconds(200);

    [Test]
    [CancelAfter(Limit)]
    public async Task A_client_with_keep_alives_learns_of_the_restart(CancellationToken token)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        Pair pair = await ConnectWithKeyAsync(key, token);
        await pair.OpenStreamAsync(token);
        await KillAsync(pair);
        Restart(pair, key);
        await AssertResetAsync(pair.Client, token);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_client_with_outstanding_data_learns_of_the_restart(CancellationToken token)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        Pair pair = await ConnectWithKeyAsync(key, token, keepAlive: false);
        (QuicStream stream, _) = await pair.OpenStreamAsync(token);
        await KillAsync(pair);
        await stream.WriteAsync(new byte[] { 2 }, token);
        Task reading = stream.ReadAsync(new byte[1], token).AsTask();
        Restart(pair, key);
        await AssertResetAsync(pair.Client, token);
        Assert.That((await FailureOf(reading, token)).QuicError, Is.EqualTo(QuicError.StatelessReset));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task All_connections_of_a_client_learn_of_the_restart(CancellationToken token)
    {
        const int Count = 20;
        byte[] key = RandomNumberGenerator.GetBytes(32);
        Pair pair = await ConnectWithKeyAsync(key, token);
        List<QuicConnection> clients = [pair.Client];
        while (clients.Count < Count)
        {
            clients.Add((await ConnectAsync(pair.ClientEndpoint, pair.ServerEndpoint, pair.Listener, token, KeepAlive)).Client);
        }

        await KillAsync(pair);
        Restart(pair, key);
        foreach (QuicConnection client in clients)
        {
            await AssertResetAsync(client, token);
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_server_with_keep_alives_learns_of_the_restart_of_its_client(CancellationToken token)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        bool isDead = false;
        QuicEndpoint server = Bind();
        QuicEndpoint client = Bind(configure: o =>
        {
            o.StatelessResetKey = key;
            o.OutgoingFilter = _ => Volatile.Read(ref isDead) ? QuicDatagramFate.Drop : QuicDatagramFate.Send;
        });
        QuicListener listener = server.Listen(ListenerOptions(static o => o.KeepAliveInterval = _keepAlive));
        Pair pair = await ConnectAsync(client, server, listener, token);
        Task echoing = Transfer.EchoAsync(pair.Server, 1, token);
        await Transfer.ExchangeAsync(pair.Client, 100_000, seed: 1, token);
        await echoing;

        Volatile.Write(ref isDead, true);
        await client.DisposeAsync();
        Assert.That(pair.Server.IsClosed, Is.False, "it has not been told");
        Bind(configure: o =>
        {
            o.StatelessResetKey = key;
            o.LocalEndPoint = client.LocalEndPoint;
        });
        await AssertResetAsync(pair.Server, token);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task The_time_since_the_last_packet_grows_until_one_comes(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        await pair.OpenStreamAsync(token);
        TimeSpan threshold = TimeSpan.FromMilliseconds(300);
        while (pair.Client.TimeSinceReceived < threshold)
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.That(pair.Client.GetStatistics().TimeSinceReceived, Is.GreaterThanOrEqualTo(threshold));
        pair.Client.Ping();
        while (pair.Client.TimeSinceReceived >= threshold)
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await pair.Client.CloseAsync(0, token);
        TimeSpan atEnd = pair.Client.TimeSinceReceived;
        while (pair.Client.TimeSinceReceived == atEnd)
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<Pair> ConnectWithKeyAsync(byte[] key, CancellationToken token, bool keepAlive = true)
    {
        QuicEndpoint server = Bind(configure: o => o.StatelessResetKey = key);
        return await ConnectAsync(Bind(), server, server.Listen(ListenerOptions()), token, keepAlive ? KeepAlive : null);
    }

    private static void KeepAlive(QuicClientConnectionOptions options) => options.KeepAliveInterval = _keepAlive;

    /// <summary>As when the process is killed: the socket is gone without a word.</summary>
    private static async Task KillAsync(Pair pair)
    {
        pair.Server.Driver.Endpoint.Socket.Dispose();
        await pair.ServerEndpoint.DisposeAsync();
    }

    private void Restart(Pair pair, byte[] key)
    {
        QuicEndpoint restarted = Bind(configure: o =>
        {
            o.StatelessResetKey = key;
            o.LocalEndPoint = pair.ServerEndpoint.LocalEndPoint;
        });
        restarted.Listen(ListenerOptions());
    }

    private static async Task AssertResetAsync(QuicConnection connection, CancellationToken token)
    {
        // Within some keep-alives and the probes after them, and long before the idle timeout of 30 s.
        await connection.Closed.WaitAsync(TimeSpan.FromSeconds(5), token);
        Assert.That(connection.CloseException().QuicError, Is.EqualTo(QuicError.StatelessReset));
    }
}
