using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Connet.Quic.Tests.Sockets;

internal sealed class EndpointTests : SocketFixture
{
    [Test]
    [CancelAfter(Limit)]
    public async Task Listeners_of_one_endpoint_are_chosen_by_protocol(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        QuicListener one = server.Listen(ListenerOptions(null, "one", "uno"));
        QuicListener two = server.Listen(ListenerOptions(null, "two"));
        Assert.That(() => server.Listen(ListenerOptions(null, "three", "uno")), Throws.ArgumentException.With.Message.Contains("uno"));
        QuicEndpoint client = Bind();
        Pair pair = await ConnectAsync(client, server, two, token, o => o.ApplicationProtocols = ["nine", "two"]);
        Assert.That(pair.Server.NegotiatedApplicationProtocol, Is.EqualTo("two"));
        pair = await ConnectAsync(client, server, one, token, o => o.ApplicationProtocols = ["uno"]);
        Assert.That(pair.Client.NegotiatedApplicationProtocol, Is.EqualTo("uno"));

        await one.DisposeAsync();
        Assert.That((await FailureOf(one.AcceptConnectionAsync(token).AsTask(), token)).QuicError, Is.EqualTo(QuicError.OperationAborted));
        Assert.That((await FailureOf(client.ConnectAsync(ClientOptions(server, o => o.ApplicationProtocols = ["one"]), token).AsTask(), token)).QuicError, Is.EqualTo(QuicError.TlsError));
        await pair.OpenStreamAsync(token);
        await using QuicListener again = server.Listen(ListenerOptions(null, "uno"));
        await ConnectAsync(client, server, again, token, o => o.ApplicationProtocols = ["uno"]);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task One_socket_listens_and_dials_at_once(CancellationToken token)
    {
        QuicEndpoint here = Bind(), there = Bind();
        QuicListener listener = here.Listen(ListenerOptions());
        QuicListener other = there.Listen(ListenerOptions());
        Task<Pair>[] dialling =
        [
            ConnectAsync(here, there, other, token),
            ConnectAsync(there, here, listener, token),
        ];
        Pair[] pairs = await Task.WhenAll(dialling);
        Assert.That(pairs[0].Server.RemoteEndPoint, Is.EqualTo(here.LocalEndPoint), "the port it listens on is the port it dials from");
        Assert.That(pairs[1].Server.RemoteEndPoint, Is.EqualTo(there.LocalEndPoint));
        Pair self = await ConnectAsync(here, here, listener, token);
        Assert.That(self.Server.RemoteEndPoint, Is.EqualTo(here.LocalEndPoint));
        await Task.WhenAll(pairs[0].OpenStreamAsync(token), pairs[1].OpenStreamAsync(token), self.OpenStreamAsync(token));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task IPv4_and_IPv6_clients_reach_a_dual_stack_socket(CancellationToken token)
    {
        if (!Socket.OSSupportsIPv6)
        {
            Assert.Ignore("This system has no IPv6.");
        }

        QuicEndpoint server = Bind(IPAddress.IPv6Any);
        QuicListener listener = server.Listen(ListenerOptions());
        foreach (IPAddress address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            foreach (IPAddress local in new[] { address, IPAddress.IPv6Any })
            {
                QuicEndpoint client = Bind(local);
                Pair pair = await ConnectAsync(client, server, listener, token, o => o.RemoteEndPoint = new IPEndPoint(address, server.LocalEndPoint.Port));
                await pair.OpenStreamAsync(token);
                Assert.That(pair.Server.RemoteEndPoint, Is.EqualTo(new IPEndPoint(address, client.LocalEndPoint.Port)));
            }
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_connection_may_bring_its_own_endpoint(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        QuicListener listener = server.Listen(ListenerOptions());
        QuicConnection client = await QuicConnection.ConnectAsync(ClientOptions(server), token);
        QuicConnection accepted = await listener.AcceptConnectionAsync(token);
        await client.DisposeAsync();
        await accepted.Closed.WaitAsync(token);
        Assert.That(accepted.CloseException().ApplicationErrorCode, Is.Zero);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Other_datagrams_pass_while_QUIC_runs(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Task writing = local.WriteAsync(new byte[1_000_000], completeWrites: true, token).AsTask();
        Task reading = remote.CopyToAsync(Stream.Null, token);
        for (byte i = 0; i < 20; i++)
        {
            Assert.That(pair.ClientEndpoint.SendDatagram([0, i], pair.ServerEndpoint.LocalEndPoint));
            QuicEndpointDatagram there = await pair.ServerEndpoint.ReceiveDatagramAsync(token);
            Assert.That(there.RemoteEndPoint, Is.EqualTo(pair.ClientEndpoint.LocalEndPoint));
            Assert.That(there.Data.ToArray(), Is.EqualTo(new byte[] { 0, i }));
            Assert.That(pair.ServerEndpoint.SendDatagram([0x3f, i, 1], there.RemoteEndPoint));
            QuicEndpointDatagram back = await pair.ClientEndpoint.ReceiveDatagramAsync(token);
            Assert.That(back.Data.ToArray(), Is.EqualTo(new byte[] { 0x3f, i, 1 }));
        }

        await Task.WhenAll(writing, reading);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task The_oldest_datagrams_are_dropped(CancellationToken token)
    {
        QuicEndpoint receiver = Bind(configure: o => o.DatagramBacklog = 3), sender = Bind();
        QuicListener listener = receiver.Listen(ListenerOptions());
        for (byte i = 0; i < 10; i++)
        {
            Assert.That(sender.SendDatagram([0, i], receiver.LocalEndPoint));
        }

        // The handshake comes after the datagrams on the same socket: they are all in when it is through.
        await ConnectAsync(sender, receiver, listener, token);
        for (byte i = 7; i < 10; i++)
        {
            Assert.That((await receiver.ReceiveDatagramAsync(token)).Data.Span[1], Is.EqualTo(i));
        }

        using CancellationTokenSource cancel = new();
        Task more = receiver.ReceiveDatagramAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await AssertCancelledAsync(more, cancel.Token, token);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Disposal_ends_everything(CancellationToken token)
    {
        int threads = SocketThreads();
        Pair pair = await ConnectAsync(token);
        (QuicStream local, _) = await pair.OpenStreamAsync(token);
        Task[] pending =
        [
            local.ReadAsync(new byte[1], token).AsTask(),
            local.WriteAsync(new byte[10_000_000], token).AsTask(),
            pair.Client.AcceptInboundStreamAsync(token).AsTask(),
            pair.ClientEndpoint.ReceiveDatagramAsync(token).AsTask(),
            pair.ClientEndpoint.Listen(ListenerOptions()).AcceptConnectionAsync(token).AsTask(),
        ];
        Task reading = pair.Server.AcceptInboundStreamAsync(token).AsTask();
        await Task.WhenAll(pair.ClientEndpoint.CloseAsync(5, "gone", token).AsTask(), pair.ClientEndpoint.DisposeAsync().AsTask()).WaitAsync(token);
        foreach (Task task in pending)
        {
            Assert.That((await FailureOf(task, token)).QuicError, Is.EqualTo(QuicError.OperationAborted));
        }

        Assert.That((await FailureOf(reading, token)).ApplicationErrorCode, Is.EqualTo(5));
        Assert.That(pair.Client.Closed.IsCompleted && pair.Client.Driver.Drained.IsCompleted);
        await pair.ClientEndpoint.DisposeAsync();
        await pair.Client.DisposeAsync();
        await local.DisposeAsync();
        Assert.That(() => pair.ClientEndpoint.ConnectAsync(ClientOptions(pair.ServerEndpoint), token).AsTask(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => pair.ClientEndpoint.Listen(ListenerOptions()), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(pair.ClientEndpoint.SendDatagram([0], pair.ServerEndpoint.LocalEndPoint), Is.False);
        Assert.That(pair.ClientEndpoint.GetStatistics() is { Connections: 0, ConnectionIds: 0 });
        await pair.ServerEndpoint.DisposeAsync();
        while (SocketThreads() > threads)
        {
            // The thread has said that it is done, and the system takes it away at once.
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Disposal_in_the_middle_of_handshakes(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        server.Listen(ListenerOptions());
        for (int i = 0; i < 20; i++)
        {
            TaskCompletionSource checking = new(), check = new();
            await using QuicEndpoint client = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
            Task connecting = client.ConnectAsync(
                ClientOptions(server, o => o.CertificateValidation = QuicCertificateValidation.Custom(async (_, _) =>
                {
                    checking.TrySetResult();
                    await check.Task;
                    return true;
                })),
                token).AsTask();
            if (i % 2 == 0)
            {
                await checking.Task.WaitAsync(token);
            }

            await client.DisposeAsync();
            check.SetResult();
            Assert.That((await FailureOf(connecting, token)).QuicError, Is.EqualTo(QuicError.OperationAborted));
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_restarted_endpoint_tells_its_old_peers(CancellationToken token)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        QuicEndpoint server = Bind(configure: o => o.StatelessResetKey = key);
        Pair pair = await ConnectAsync(Bind(), server, server.Listen(ListenerOptions()), token);
        await pair.OpenStreamAsync(token);
        Task<QuicStream> accepting = pair.Client.AcceptInboundStreamAsync(token).AsTask();

        // As when the process is killed: the socket is gone without a word.
        pair.Server.Driver.Endpoint.Socket.Dispose();
        await server.DisposeAsync();
        QuicEndpoint restarted = Bind(configure: o =>
        {
            o.StatelessResetKey = key;
            o.LocalEndPoint = server.LocalEndPoint;
        });
        pair.Client.Ping();
        await pair.Client.Closed.WaitAsync(token);
        Assert.That((await FailureOf(accepting, token)).QuicError, Is.EqualTo(QuicError.StatelessReset));
        await ConnectAsync(pair.ClientEndpoint, restarted, restarted.Listen(ListenerOptions()), token);
    }

    [Test]
    public void A_port_in_use_is_a_socket_error()
    {
        QuicEndpoint endpoint = Bind();
        QuicException? seen = Assert.Throws<QuicException>(() => QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = endpoint.LocalEndPoint }));
        Assert.That(seen!.QuicError, Is.EqualTo(QuicError.SocketError));
        Assert.That(() => Bind(configure: o => o.StatelessResetKey = new byte[31]), Throws.ArgumentException);
    }

    /// <summary>The threads of endpoints in this process, by the name the system knows them by; 0 where it does not tell.</summary>
    private static int SocketThreads()
    {
        const string Tasks = "/proc/self/task";
        int count = 0;
        foreach (string task in Directory.Exists(Tasks) ? Directory.GetDirectories(Tasks) : [])
        {
            try
            {
                count += File.ReadAllText(Path.Combine(task, "comm")).StartsWith("connet-quic", StringComparison.Ordinal) ? 1 : 0;
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return count;
    }
}
