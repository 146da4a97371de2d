using System.Net;

namespace Connet.Quic.Tests.Sockets;

/// <summary>Loss, delay and cut paths between real sockets.</summary>
internal sealed class OutgoingFilterTests : SocketFixture
{
    [Test]
    [CancelAfter(Limit)]
    public async Task A_path_that_is_cut_and_restored_within_the_idle_timeout_goes_on(CancellationToken token)
    {
        const int LostBeforeRestored = 6;
        bool isCut = false;
        int lost = 0;
        TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        QuicDatagramFate Filter(IPEndPoint destination)
        {
            if (!Volatile.Read(ref isCut))
            {
                return QuicDatagramFate.Send;
            }

            if (Interlocked.Increment(ref lost) >= LostBeforeRestored)
            {
                enough.TrySetResult();
            }

            return QuicDatagramFate.Drop;
        }

        Pair pair = await ConnectAsync(Filter, Filter, token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Volatile.Write(ref isCut, true);
        Task sending = Transfer.SendAsync(local, 100_000, seed: 1, token);
        Task receiving = Transfer.ReceiveAsync(remote, 100_000, seed: 1, token);
        await enough.Task.WaitAsync(token);
        Assert.That(receiving.IsCompleted, Is.False);
        Volatile.Write(ref isCut, false);
        await Task.WhenAll(sending, receiving);
        Assert.That(pair.Client.IsClosed || pair.Server.IsClosed, Is.False);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_path_that_stays_cut_ends_the_connection_by_its_idle_timeout(CancellationToken token)
    {
        bool isCut = false;
        QuicEndpoint server = Bind(configure: o => o.OutgoingFilter = _ => Volatile.Read(ref isCut) ? QuicDatagramFate.Drop : QuicDatagramFate.Send);
        QuicListener listener = server.Listen(ListenerOptions());
        Pair pair = await ConnectAsync(Bind(), server, listener, token, o => o.IdleTimeout = TimeSpan.FromSeconds(2));
        await pair.OpenStreamAsync(token);
        Volatile.Write(ref isCut, true);
        await pair.Client.Closed.WaitAsync(token);
        Assert.That(pair.Client.CloseException().QuicError, Is.EqualTo(QuicError.ConnectionIdle));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Bytes_arrive_in_order_where_three_datagrams_of_ten_are_lost(CancellationToken token)
    {
        const int Length = 40_000;
        int dropped = 0;
        Func<IPEndPoint, QuicDatagramFate> Lossy(int seed)
        {
            Random random = new(seed);
            return _ =>
            {
                lock (random)
                {
                    if (random.NextDouble() >= 0.3)
                    {
                        return QuicDatagramFate.Send;
                    }
                }

                Interlocked.Increment(ref dropped);
                return QuicDatagramFate.Drop;
            };
        }

        Pair pair = await ConnectAsync(Lossy(1), Lossy(2), token);
        Task echoing = Transfer.EchoAsync(pair.Server, 1, token);
        await Transfer.ExchangeAsync(pair.Client, Length, seed: 3, token);
        await echoing;
        Assert.That(Volatile.Read(ref dropped), Is.GreaterThan(2 * Length / 1452 / 4), "each datagram is decided about, not each batch");
        Assert.That(pair.Client.GetStatistics().PacketsLost, Is.Positive);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_delay_shows_in_the_round_trip_time(CancellationToken token)
    {
        TimeSpan delay = TimeSpan.FromMilliseconds(40);
        Pair pair = await ConnectAsync(_ => QuicDatagramFate.Delay(delay), _ => QuicDatagramFate.Delay(delay), token);
        Task echoing = Transfer.EchoAsync(pair.Server, 1, token);
        await Transfer.ExchangeAsync(pair.Client, 100_000, seed: 3, token);
        await echoing;
        QuicConnectionStatistics statistics = pair.Client.GetStatistics();
        Assert.That(statistics.MinimumRtt, Is.GreaterThanOrEqualTo(2 * delay));
        Assert.That(pair.Client.SmoothedRtt, Is.InRange(2 * delay, 8 * delay));
        Assert.That(statistics.PacketsLost, Is.Zero, "equal delays keep the order");
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task What_is_delayed_arrives_though_its_sender_is_gone(CancellationToken token)
    {
        TimeSpan delay = TimeSpan.Zero;
        QuicEndpoint client = Bind(configure: o => o.OutgoingFilter = _ => QuicDatagramFate.Delay(delay));
        QuicEndpoint server = Bind();
        Pair pair = await ConnectAsync(client, server, server.Listen(ListenerOptions()), token);
        await pair.OpenStreamAsync(token);
        delay = TimeSpan.FromMinutes(1);
        await client.CloseAsync(7, "gone", token);
        await pair.Server.Closed.WaitAsync(token);
        Assert.That(pair.Server.CloseException().ApplicationErrorCode, Is.EqualTo(7));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task The_filter_sees_the_destination_of_whatever_is_sent(CancellationToken token)
    {
        QuicEndpoint reachable = Bind(), unreachable = Bind();
        QuicEndpoint sender = Bind(configure: o => o.OutgoingFilter =
            destination => destination.Equals(unreachable.LocalEndPoint) ? QuicDatagramFate.Drop : QuicDatagramFate.Send);
        reachable.Listen(ListenerOptions());
        unreachable.Listen(ListenerOptions());
        await using QuicConnection connection = await sender.ConnectAsync(ClientOptions(reachable), token);
        QuicClientConnectionOptions options = ClientOptions(unreachable, o => o.HandshakeIdleTimeout = TimeSpan.FromMilliseconds(200));
        Assert.That((await FailureOf(sender.ConnectAsync(options, token).AsTask(), token)).QuicError, Is.EqualTo(QuicError.ConnectionTimeout));

        Assert.That(sender.SendDatagram([0, 1], unreachable.LocalEndPoint), "nobody is told of a loss");
        Assert.That(sender.SendDatagram([0, 2], reachable.LocalEndPoint));
        Assert.That((await reachable.ReceiveDatagramAsync(token)).Data.ToArray(), Is.EqualTo(new byte[] { 0, 2 }));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_filter_that_throws_loses_the_datagram_and_is_logged(CancellationToken token)
    {
        using LogCapture log = new();
        bool fails = true;
        QuicEndpoint client = Bind(configure: o =>
        {
            o.LoggerFactory = log;
            o.OutgoingFilter = _ => Volatile.Read(ref fails) ? throw new InvalidOperationException("a fault of the test's") : QuicDatagramFate.Send;
        });
        QuicEndpoint server = Bind();
        Task<Pair> connecting = ConnectAsync(client, server, server.Listen(ListenerOptions()), token);
        await log.NextAsync("outgoing filter failed", token);
        Volatile.Write(ref fails, false);
        await (await connecting).OpenStreamAsync(token);
    }

    [Test]
    public void A_fate_says_what_it_is()
    {
        Assert.That(default(QuicDatagramFate), Is.EqualTo(QuicDatagramFate.Send));
        Assert.That(QuicDatagramFate.Delay(TimeSpan.Zero), Is.EqualTo(QuicDatagramFate.Send));
        Assert.That(QuicDatagramFate.Drop, Is.Not.EqualTo(QuicDatagramFate.Send));
        Assert.That(QuicDatagramFate.Delay(TimeSpan.FromSeconds(1)).ToString(), Is.EqualTo("send after 1000 ms"));
        Assert.That(() => QuicDatagramFate.Delay(TimeSpan.FromTicks(-1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => QuicDatagramFate.Delay(TimeSpan.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private async Task<Pair> ConnectAsync(Func<IPEndPoint, QuicDatagramFate> client, Func<IPEndPoint, QuicDatagramFate> server, CancellationToken token)
    {
        QuicEndpoint serverEndpoint = Bind(configure: o => o.OutgoingFilter = server);
        QuicListener listener = serverEndpoint.Listen(ListenerOptions());
        return await ConnectAsync(Bind(configure: o => o.OutgoingFilter = client), serverEndpoint, listener, token);
    }
}
