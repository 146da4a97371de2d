using System.Net;
using System.Net.Sockets;

namespace Connet.Quic.Tests.Sockets;

/// <summary>A cancelled call throws with the caller's token, and what it was called on goes on where that is promised.</summary>
internal sealed class CancellationTests : SocketFixture
{
    [Test]
    [CancelAfter(Limit)]
    public async Task Connecting(CancellationToken token)
    {
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        QuicEndpoint endpoint = Bind();
        using CancellationTokenSource cancel = new();
        Task connecting = endpoint.ConnectAsync(ClientOptions(endpoint, o => o.RemoteEndPoint = (IPEndPoint)silent.LocalEndPoint!), cancel.Token).AsTask();
        await silent.ReceiveAsync(new byte[2000], token);
        await cancel.CancelAsync();
        await AssertCancelledAsync(connecting, cancel.Token, token);
        Assert.That(() => endpoint.ConnectAsync(ClientOptions(endpoint), cancel.Token).AsTask(), Throws.InstanceOf<OperationCanceledException>());

        QuicEndpoint server = Bind();
        Pair pair = await ConnectAsync(endpoint, server, server.Listen(ListenerOptions()), token);
        await pair.OpenStreamAsync(token);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task The_server_hears_at_once_of_a_client_that_gave_up([Values] bool hasAnswer, CancellationToken token)
    {
        using LogCapture log = new();
        TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource checking = new(TaskCreationOptions.RunContinuationsAsynchronously);
        QuicEndpoint server = Bind(configure: o =>
        {
            o.LoggerFactory = log;
            o.OutgoingFilter = _ =>
            {
                answered.TrySetResult();
                return hasAnswer ? QuicDatagramFate.Send : QuicDatagramFate.Drop;
            };
        });
        server.Listen(ListenerOptions(o => o.HandshakeIdleTimeout = TimeSpan.FromSeconds(20)));
        using CancellationTokenSource cancel = new();
        Task connecting = Bind().ConnectAsync(
            ClientOptions(server, o => o.CertificateValidation = QuicCertificateValidation.Custom(async (_, ended) =>
            {
                checking.TrySetResult();
                TaskCompletionSource givenUp = new();
                await using CancellationTokenRegistration registration = ended.Register(givenUp.SetResult);
                await givenUp.Task;
                return false;
            })),
            cancel.Token).AsTask();
        await (hasAnswer ? checking : answered).Task.WaitAsync(token);
        await cancel.CancelAsync();
        await AssertCancelledAsync(connecting, cancel.Token, token);

        // Long before the handshake times out.
        Assert.That(await log.NextAsync("ended", token).WaitAsync(TimeSpan.FromSeconds(10), token), Does.Contain("The peer").And.Contain("closed"));
        while (server.GetStatistics().Connections > 0)
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Accepting_connections_and_streams(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        QuicListener listener = server.Listen(ListenerOptions());
        using CancellationTokenSource cancel = new();
        Task accepting = listener.AcceptConnectionAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await AssertCancelledAsync(accepting, cancel.Token, token);
        Pair pair = await ConnectAsync(Bind(), server, listener, token);

        using CancellationTokenSource again = new();
        accepting = pair.Server.AcceptInboundStreamAsync(again.Token).AsTask();
        await again.CancelAsync();
        await AssertCancelledAsync(accepting, again.Token, token);
        await pair.OpenStreamAsync(token);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Opening_a_stream_at_the_limit(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, server => server.MaxInboundBidirectionalStreams = 1);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        using CancellationTokenSource cancel = new();
        Task cancelled = pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, cancel.Token).AsTask();
        Task<QuicStream> waiting = pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token).AsTask();
        for (int i = 0; i < 100; i++)
        {
            Assert.That(pair.Client.TryOpenOutboundStream(QuicStreamType.Bidirectional), Is.Null);
        }

        await cancel.CancelAsync();
        await AssertCancelledAsync(cancelled, cancel.Token, token);
        local.Abort(QuicAbortDirection.Both, 0);
        remote.Abort(QuicAbortDirection.Both, 0);
        await using QuicStream next = await waiting.WaitAsync(token);
        Assert.That(next.Id, Is.EqualTo(4), "no place is lost to the call that was cancelled");
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Reading(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        for (int i = 0; i < 20; i++)
        {
            using CancellationTokenSource cancel = new();
            Task reading = remote.ReadAsync(new byte[1], cancel.Token).AsTask();
            await cancel.CancelAsync();
            await AssertCancelledAsync(reading, cancel.Token, token);
        }

        await local.WriteAsync(new byte[] { 9 }, token);
        byte[] read = new byte[1];
        Assert.That(await remote.ReadAsync(read, token), Is.EqualTo(1));
        Assert.That(read[0], Is.EqualTo(9));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Reading_while_data_arrives_loses_nothing(CancellationToken token)
    {
        const int Count = 500;
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Task writing = Task.Run(
            async () =>
            {
                for (int i = 0; i < Count; i++)
                {
                    await local.WriteAsync(new byte[] { (byte)i }, completeWrites: i == Count - 1, token);
                }
            },
            token);
        List<byte> received = [];
        byte[] buffer = new byte[3];
        while (true)
        {
            using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
            Task<int> reading = remote.ReadAsync(buffer, cancel.Token).AsTask();
            cancel.Cancel();
            try
            {
                int read = await reading;
                if (read == 0)
                {
                    break;
                }

                received.AddRange(buffer.AsSpan(0, read));
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }

        await writing;
        Assert.That(received, Is.EqualTo(Enumerable.Range(0, Count).Select(i => (byte)i)));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Writing_against_a_full_window(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        using CancellationTokenSource cancel = new();
        Task writing = local.WriteAsync(new byte[10_000_000], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await AssertCancelledAsync(writing, cancel.Token, token);

        (QuicStream other, _) = await pair.OpenStreamAsync(token);
        await other.WriteAsync(new byte[10], token);
        await local.DisposeAsync();
        QuicException seen = await FailureOf(remote.CopyToAsync(Stream.Null, token), token);
        Assert.That(seen.QuicError, Is.EqualTo(QuicError.StreamAborted), "a write that was cut short must not look like the end");
    }
}
