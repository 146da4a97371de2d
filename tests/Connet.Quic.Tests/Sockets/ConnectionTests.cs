using System.Text;

namespace Connet.Quic.Tests.Sockets;

internal sealed class ConnectionTests : SocketFixture
{
    [Test]
    [CancelAfter(Limit)]
    public async Task A_stream_echoes_and_the_connection_closes_with_code_and_reason(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        QuicStream stream = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
        await stream.WriteAsync(Encoding.UTF8.GetBytes("hello"), completeWrites: true, token);
        QuicStream accepted = await pair.Server.AcceptInboundStreamAsync(token);
        await accepted.CopyToAsync(accepted, token);
        accepted.CompleteWrites();
        using StreamReader reader = new(stream);
        Assert.That(await reader.ReadToEndAsync(token), Is.EqualTo("hello"));

        await pair.Client.CloseAsync(42, "done", token);
        await pair.Server.Closed.WaitAsync(token);
        await pair.Client.Closed.WaitAsync(token);
        QuicException seen = pair.Server.CloseException();
        Assert.That(seen.QuicError, Is.EqualTo(QuicError.ConnectionAborted));
        Assert.That(seen.ApplicationErrorCode, Is.EqualTo(42));
        Assert.That(seen.Message, Does.Contain("done"));
        Assert.That(pair.Client.CloseException().QuicError, Is.EqualTo(QuicError.OperationAborted));
        Assert.That(pair.Client.IsClosed && pair.Server.IsClosed);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Both_ends_know_what_was_negotiated(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        Assert.That(pair.Client.NegotiatedApplicationProtocol, Is.EqualTo(Protocol));
        Assert.That(pair.Server.NegotiatedApplicationProtocol, Is.EqualTo(Protocol));
        Assert.That(pair.Server.TargetHostName, Is.EqualTo(Certificates.Host));
        Assert.That(pair.Client.IsClient && !pair.Server.IsClient);
        Assert.That(pair.Client.RemoteEndPoint, Is.EqualTo(pair.ServerEndpoint.LocalEndPoint));
        Assert.That(pair.Server.RemoteEndPoint, Is.EqualTo(pair.ClientEndpoint.LocalEndPoint));
        Assert.That(pair.Client.RemoteCertificateChain[0].ToArray(), Is.EqualTo(Certificates.Server.RawLeaf.ToArray()));
        Assert.That(pair.Server.RemoteCertificateChain, Is.Empty);
        Assert.That(pair.Server.GetRemoteCertificate(), Is.Null);
        using System.Security.Cryptography.X509Certificates.X509Certificate2? certificate = pair.Client.GetRemoteCertificate();
        Assert.That(certificate!.Subject, Is.EqualTo($"CN={Certificates.Host}"));
    }

    [TestCase(true)]
    [TestCase(false)]
    [CancelAfter(Limit)]
    public async Task The_end_of_a_connection_ends_what_is_pending_on_it(bool byPeer, CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, server => server.MaxInboundUnidirectionalStreams = 0);
        (QuicStream local, _) = await pair.OpenStreamAsync(token);
        Task[] pending =
        [
            local.ReadAsync(new byte[1], token).AsTask(),
            local.WriteAsync(new byte[10_000_000], token).AsTask(),
            pair.Client.AcceptInboundStreamAsync(token).AsTask(),
            pair.Client.OpenOutboundStreamAsync(QuicStreamType.Unidirectional, token).AsTask(),
            pair.Client.OpenOutboundStreamAsync(QuicStreamType.Unidirectional, token).AsTask(),
        ];
        Assert.That(pending.Any(task => task.IsCompleted), Is.False);
        await (byPeer ? pair.Server : pair.Client).CloseAsync(11, "enough", token);
        await (byPeer ? pair.Server : pair.Client).CloseAsync(12, "a second call changes nothing", token);
        foreach (Task task in pending)
        {
            QuicException seen = await FailureOf(task, token);
            Assert.That(seen.QuicError, Is.EqualTo(byPeer ? QuicError.ConnectionAborted : QuicError.OperationAborted));
            Assert.That(seen.ApplicationErrorCode, Is.EqualTo(byPeer ? 11 : null));
            Assert.That(seen.Message, Does.Contain("enough"));
        }

        await Task.WhenAll(local.ReadsClosed, local.WritesClosed, pair.Client.Closed, pair.Server.Closed).WaitAsync(token);
        Assert.That(pair.Client.TryOpenOutboundStream(QuicStreamType.Bidirectional), Is.Null);
        Assert.That((await FailureOf(local.ReadAsync(new byte[1], token).AsTask(), token)).Message, Does.Contain("enough"));
        Assert.That((await FailureOf(local.WriteAsync(new byte[1], token).AsTask(), token)).Message, Does.Contain("enough"));
        await local.DisposeAsync();
        await pair.Client.DisposeAsync();
        await pair.Client.DisposeAsync();
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Silence_ends_the_connection_on_both_ends(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, client: o => o.IdleTimeout = TimeSpan.FromMilliseconds(150));
        await Task.WhenAll(pair.Client.Closed, pair.Server.Closed).WaitAsync(token);
        Assert.That(pair.Client.CloseException().QuicError, Is.EqualTo(QuicError.ConnectionIdle));
        Assert.That(pair.Server.CloseException().QuicError, Is.EqualTo(QuicError.ConnectionIdle));
        await Task.WhenAll(pair.Client.Driver.Drained, pair.Server.Driver.Drained).WaitAsync(token);
        Assert.That(pair.ServerEndpoint.GetStatistics() is { Connections: 0, ConnectionIds: 0 });
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Keep_alive_keeps_a_silent_connection(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, client: o =>
        {
            o.IdleTimeout = TimeSpan.FromSeconds(2);
            o.KeepAliveInterval = TimeSpan.FromMilliseconds(50);
        });
        Pair silent = await ConnectAsync(token, client: o => o.IdleTimeout = TimeSpan.FromSeconds(4));

        // The other connection's idle timeout is the clock: twice the first one's.
        await silent.Client.Closed.WaitAsync(token);
        Assert.That(pair.Client.IsClosed || pair.Server.IsClosed, Is.False);
        await pair.OpenStreamAsync(token);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Connections_that_nobody_takes_are_bounded(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        QuicListenerOptions options = ListenerOptions();
        options.ListenBacklog = 2;
        QuicListener listener = server.Listen(options);
        QuicEndpoint client = Bind();
        QuicConnection[] connections = [await client.ConnectAsync(ClientOptions(server), token), await client.ConnectAsync(ClientOptions(server), token)];
        Assert.That(await OneTooMany(), Is.EqualTo(QuicError.ConnectionAborted));
        Assert.That(connections[0].IsClosed || connections[1].IsClosed, Is.False);
        await listener.AcceptConnectionAsync(token);
        await listener.DisposeAsync();
        await connections[1].Closed.WaitAsync(token);
        Assert.That(connections[0].IsClosed, Is.False);

        // The close may come together with the end of the handshake, or after it.
        async Task<QuicError> OneTooMany()
        {
            try
            {
                QuicConnection third = await client.ConnectAsync(ClientOptions(server), token);
                await third.Closed.WaitAsync(token);
                return third.CloseException().QuicError;
            }
            catch (QuicException exception)
            {
                return exception.QuicError;
            }
        }
    }
}
