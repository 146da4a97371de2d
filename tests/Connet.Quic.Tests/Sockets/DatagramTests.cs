using System.Buffers.Binary;
using System.Net;

namespace Connet.Quic.Tests.Sockets;

/// <summary>Datagrams in connections between real sockets (RFC 9221).</summary>
internal sealed class DatagramTests : SocketFixture
{
    private const int Largest = 65_535;

    /// <summary>The number of the datagram after the last.</summary>
    private const int End = -1;

    [Test]
    [CancelAfter(Limit)]
    public async Task Datagrams_go_both_ways(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, TakeDatagrams, TakeDatagrams);
        byte[] buffer = new byte[Largest];
        Assert.That(pair.Client.MaxDatagramPayload, Is.GreaterThanOrEqualTo(1150));
        Assert.That(pair.Client.SendDatagram([1, 2, 3]), Is.EqualTo(QuicDatagramResult.Queued));
        Assert.That(await pair.Server.ReceiveDatagramAsync(buffer, token), Is.EqualTo(3));
        Assert.That(buffer[..3], Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(pair.Server.SendDatagram([]), Is.EqualTo(QuicDatagramResult.Queued));
        Assert.That(await pair.Client.ReceiveDatagramAsync(buffer, token), Is.Zero);
        QuicConnectionStatistics statistics = pair.Client.GetStatistics();
        Assert.That((statistics.DatagramFramesSent, statistics.DatagramFramesReceived, statistics.DatagramFramesDropped), Is.EqualTo((1L, 1L, 0L)));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task They_must_be_offered_on_each_side(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, client: o => o.MaxDatagramFrameSize = 100);
        Assert.That(pair.Client.MaxDatagramPayload, Is.Zero);
        Assert.That(pair.Client.SendDatagram([1]), Is.EqualTo(QuicDatagramResult.NotSupported));
        Assert.That(async () => await pair.Server.ReceiveDatagramAsync(new byte[10], token), Throws.InvalidOperationException.With.Message.Contains("MaxDatagramFrameSize"));

        Assert.That(pair.Server.MaxDatagramPayload, Is.EqualTo(97), "type and length count");
        Assert.That(pair.Server.SendDatagram(new byte[98]), Is.EqualTo(QuicDatagramResult.TooLarge));
        Assert.That(pair.Server.SendDatagram(new byte[97]), Is.EqualTo(QuicDatagramResult.Queued));
        Assert.That(await pair.Client.ReceiveDatagramAsync(new byte[100], token), Is.EqualTo(97));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_wait_ends_with_a_datagram_and_can_be_cancelled(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, TakeDatagrams, TakeDatagrams);
        byte[] buffer = new byte[100];
        using (CancellationTokenSource cancelled = new())
        {
            Task<int> given = pair.Server.ReceiveDatagramAsync(buffer, cancelled.Token).AsTask();
            Assert.That(given.IsCompleted, Is.False);
            Assert.That(
                async () => await pair.Server.ReceiveDatagramAsync(new byte[10], token),
                Throws.InvalidOperationException.With.Message.Contains("pending on this connection"), "one call at a time");
            await cancelled.CancelAsync();
            await AssertCancelledAsync(given, cancelled.Token, token);
        }

        for (byte i = 0; i < 50; i++)
        {
            Task<int> waiting = pair.Server.ReceiveDatagramAsync(buffer, token).AsTask();
            pair.Client.SendDatagram([i, i]);
            Assert.That(await waiting, Is.EqualTo(2));
            Assert.That(buffer[1], Is.EqualTo(i));
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_datagram_larger_than_the_buffer_is_kept(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, TakeDatagrams, TakeDatagrams);
        pair.Client.SendDatagram(new byte[20]);
        Assert.That(async () => await pair.Server.ReceiveDatagramAsync(new byte[19], token), Throws.ArgumentException.With.Message.Contains("20 bytes"));
        Assert.That(await pair.Server.ReceiveDatagramAsync(new byte[20], token), Is.EqualTo(20));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task The_end_of_the_connection_ends_waits_and_leaves_what_had_arrived(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, TakeDatagrams, TakeDatagrams);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Task<int> waiting = pair.Client.ReceiveDatagramAsync(new byte[10], token).AsTask();
        pair.Client.SendDatagram([1]);
        pair.Client.SendDatagram([2]);

        // Sent after them, so that they have arrived when it has.
        await PassAsync(local, remote, token);
        await pair.Client.CloseAsync(7, "done", token);
        Assert.That((await FailureOf(waiting, token)).QuicError, Is.EqualTo(QuicError.OperationAborted));
        Assert.That(() => pair.Client.SendDatagram([1]), Throws.InstanceOf<QuicException>().With.Property(nameof(QuicException.QuicError)).EqualTo(QuicError.OperationAborted));
        Assert.That(pair.Client.MaxDatagramPayload, Is.Zero);

        await pair.Server.Closed.WaitAsync(token);
        byte[] buffer = new byte[10];
        Assert.That(await pair.Server.ReceiveDatagramAsync(buffer, token), Is.EqualTo(1));
        Assert.That(await pair.Server.ReceiveDatagramAsync(buffer, token), Is.EqualTo(1));
        Assert.That(buffer[0], Is.EqualTo(2));
        Assert.That((await FailureOf(pair.Server.ReceiveDatagramAsync(buffer, token).AsTask(), token)).ApplicationErrorCode, Is.EqualTo(7));
        Assert.That(() => pair.Server.SendDatagram([1]), Throws.InstanceOf<QuicException>().With.Property(nameof(QuicException.ApplicationErrorCode)).EqualTo(7));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Disposing_the_endpoint_ends_a_wait(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, TakeDatagrams, TakeDatagrams);
        Task<int> waiting = pair.Server.ReceiveDatagramAsync(new byte[10], token).AsTask();
        await pair.ServerEndpoint.DisposeAsync();
        Assert.That((await FailureOf(waiting, token)).QuicError, Is.EqualTo(QuicError.OperationAborted));
        Assert.That(() => pair.Server.SendDatagram([1]), Throws.InstanceOf<QuicException>());
    }

    // Loss, and delays that differ, which reorder.
    [Test]
    [CancelAfter(Limit)]
    public async Task Each_arrives_once_and_whole_or_not_at_all_beside_a_stream_over_a_bad_network(CancellationToken token)
    {
        const int Count = 2000;
        QuicEndpoint server = Bind();
        QuicListener listener = server.Listen(ListenerOptions(Roomy));
        QuicEndpoint client = Bind(configure: o => o.OutgoingFilter = Bad(9221));
        Pair pair = await ConnectAsync(client, server, listener, token, TakeDatagrams);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Task echoing = Transfer.EchoAsync(pair.Server, 1, token);
        Task exchanging = Transfer.ExchangeAsync(pair.Client, 100_000, seed: 3, token);
        Task<HashSet<int>> receiving = ReceiveAllAsync(pair.Server, token);
        int refused = 0;
        int number = 0;
        while (number < Count)
        {
            if (pair.Client.SendDatagram(Numbered(number, number % 1100)) == QuicDatagramResult.Queued)
            {
                number++;
            }
            else
            {
                refused++;
                await PassAsync(local, remote, token);
            }
        }

        while (!receiving.IsCompleted)
        {
            // Until one of them gets through.
            pair.Client.SendDatagram(Numbered(End, 0));
            await PassAsync(local, remote, token);
        }

        HashSet<int> received = await receiving;
        await Task.WhenAll(echoing, exchanging);
        Assert.That(received, Has.Count.InRange(Count / 2, Count), $"{refused} refused");
        Assert.That(pair.Client.GetStatistics().DatagramFramesLost, Is.Positive);
        Assert.That(pair.Server.GetStatistics().DatagramFramesDropped, Is.Zero);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Who_does_not_read_loses_the_newest_and_the_sender_is_not_held_up(CancellationToken token)
    {
        const int Count = 500;
        Pair pair = await ConnectAsync(
            token,
            o =>
            {
                TakeDatagrams(o);
                o.MaxQueuedDatagramBytes = 10_000;
            },
            TakeDatagrams);
        for (int i = 0; i < Count; i++)
        {
            Assert.That(pair.Client.SendDatagram(Numbered(i, 996)), Is.Not.EqualTo(QuicDatagramResult.NotSupported));
        }

        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        while (pair.Server.GetStatistics().DatagramFramesDropped == 0)
        {
            pair.Client.SendDatagram(Numbered(Count, 996));
            await PassAsync(local, remote, token);
        }

        byte[] buffer = new byte[Largest];
        for (int i = 0; i < 10; i++)
        {
            Assert.That(await pair.Server.ReceiveDatagramAsync(buffer, token), Is.EqualTo(1000));
            Assert.That(BinaryPrimitives.ReadInt32LittleEndian(buffer), Is.EqualTo(i));
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Many_threads_may_send_at_once(CancellationToken token)
    {
        const int Threads = 4;
        const int Each = 500;
        Pair pair = await ConnectAsync(token, Roomy, Roomy);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Task<HashSet<int>> receiving = ReceiveAllAsync(pair.Server, token);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(
            () =>
            {
                for (int i = 0; i < Each; i++)
                {
                    int number = (thread * Each) + i;
                    Assert.That(pair.Client.SendDatagram(Numbered(number, number % 1100)), Is.EqualTo(QuicDatagramResult.Queued));
                }
            },
            token)));
        while (!receiving.IsCompleted)
        {
            pair.Client.SendDatagram(Numbered(End, 0));
            await PassAsync(local, remote, token);
        }

        // Sockets may lose some where the machine is busy.
        Assert.That(await receiving, Has.Count.InRange(Threads * Each * 9 / 10, Threads * Each));
        Assert.That(pair.Server.GetStatistics().DatagramFramesDropped, Is.Zero);
    }

    [Test]
    [NonParallelizable]
    [CancelAfter(Limit)]
    public async Task A_round_trip_allocates_next_to_nothing(CancellationToken token)
    {
        const int Rounds = 2000;

        // Where threads wait for one another something is allocated now and then; one copy of each payload would be 2,000 bytes.
        const int Budget = 1500;
        Pair pair = await ConnectAsync(token, TakeDatagrams, TakeDatagrams);
        byte[] payload = new byte[1000];
        byte[] buffer = new byte[Largest];
        long perRound = long.MaxValue;
        for (int attempt = 0; attempt < 5 && perRound > Budget; attempt++)
        {
            // The first for what is made once, and before the code is optimised.
            long before = GC.GetTotalAllocatedBytes();
            for (int i = 0; i < Rounds; i++)
            {
                pair.Client.SendDatagram(payload);
                await pair.Server.ReceiveDatagramAsync(buffer, token);
                pair.Server.SendDatagram(payload);
                await pair.Client.ReceiveDatagramAsync(buffer, token);
            }

            TestContext.Out.WriteLine($"{(GC.GetTotalAllocatedBytes() - before) / Rounds} bytes a round trip");
            perRound = (GC.GetTotalAllocatedBytes() - before) / Rounds;
        }

        Assert.That(perRound, Is.LessThanOrEqualTo(Budget));
    }

    [Test]
    public void Options_out_of_range_are_refused()
    {
        QuicEndpoint endpoint = Bind();
        foreach (int size in (int[])[-1, 65_536])
        {
            Assert.That(() => endpoint.Listen(ListenerOptions(o => o.MaxDatagramFrameSize = size)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }

        foreach (int bytes in (int[])[0, 1023, (64 * 1024 * 1024) + 1])
        {
            Assert.That(() => endpoint.Listen(ListenerOptions(o => o.MaxQueuedDatagramBytes = bytes)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static void TakeDatagrams(QuicConnectionOptions options) => options.MaxDatagramFrameSize = Largest;

    private static void Roomy(QuicConnectionOptions options)
    {
        TakeDatagrams(options);
        options.MaxQueuedDatagramBytes = 4 * 1024 * 1024;
    }

    private static byte[] Numbered(int number, int more)
    {
        byte[] datagram = new byte[sizeof(int) + more];
        datagram.AsSpan().Fill((byte)number);
        BinaryPrimitives.WriteInt32LittleEndian(datagram, number);
        return datagram;
    }

    /// <summary>A byte from one end to the other: what was sent before it has had its chance.</summary>
    private static async Task PassAsync(QuicStream local, QuicStream remote, CancellationToken token)
    {
        await local.WriteAsync(new byte[1], token);
        await remote.ReadExactlyAsync(new byte[1], token);
    }

    private static async Task<HashSet<int>> ReceiveAllAsync(QuicConnection connection, CancellationToken token)
    {
        HashSet<int> received = [];
        byte[] buffer = new byte[Largest];
        while (true)
        {
            int length = await connection.ReceiveDatagramAsync(buffer, token);
            int number = BinaryPrimitives.ReadInt32LittleEndian(buffer);
            if (number == End)
            {
                return received;
            }

            Assert.That(received.Add(number), Is.True, $"{number} came twice");
            Assert.That(buffer.AsSpan(0, length).SequenceEqual(Numbered(number, number % 1100)), Is.True, $"the bytes of {number}");
        }
    }

    private static Func<IPEndPoint, QuicDatagramFate> Bad(int seed)
    {
        Random random = new(seed);
        return _ =>
        {
            lock (random)
            {
                return random.Next(100) < 5 ? QuicDatagramFate.Drop : QuicDatagramFate.Delay(TimeSpan.FromMilliseconds(random.Next(4)));
            }
        };
    }
}
