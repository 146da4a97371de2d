using System.Diagnostics;
using Connet.Quic.Tests.Sockets;

namespace Connet.Quic.EndToEnd.Tests;

/// <summary>Much data over one connection, every byte checked. Runs on the build machine, and where CONNET_LONG_TESTS=1 asks for it.</summary>
[Category("Long")]
public sealed class BulkTransferTests
{
    private const int Limit = 360_000;

    [OneTimeSetUp]
    public void OnlyWhereThereIsTime()
    {
        if (!TestMachine.HasTime)
        {
            Assert.Ignore("Moves gigabytes for a minute or two: set CONNET_LONG_TESTS=1 to run it.");
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_gigabyte_each_way_at_once(CancellationToken token)
    {
        const long Length = 1L << 30;
        await using LoopbackPair pair = await LoopbackPair.ConnectAsync(streams: 1, token);
        QuicStream local = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
        Stopwatch watch = Stopwatch.StartNew();
        Task sending = Task.Run(() => Transfer.SendAsync(local, Length, 1, token), token);
        QuicStream remote = await pair.Server.AcceptInboundStreamAsync(token);
        await Task.WhenAll(
            sending,
            Task.Run(() => Transfer.SendAsync(remote, Length, 2, token), token),
            Task.Run(() => Transfer.ReceiveAsync(local, Length, 2, token), token),
            Task.Run(() => Transfer.ReceiveAsync(remote, Length, 1, token), token));
        TestContext.Out.WriteLine($"{2 * Length / 1e6 / watch.Elapsed.TotalSeconds:N0} MB/s, both ways together");
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_thousand_streams_at_a_time_echo_a_megabyte_each(CancellationToken token)
    {
        const int Streams = 1000;
        const int Length = 1_000_000;
        await using LoopbackPair pair = await LoopbackPair.ConnectAsync(Streams, token);
        Stopwatch watch = Stopwatch.StartNew();
        Task echoing = Transfer.EchoAsync(pair.Server, Streams, token);
        Task[] exchanges = [.. Enumerable.Range(0, Streams).Select(i => Transfer.ExchangeAsync(pair.Client, Length, (ulong)i, token))];
        await Task.WhenAll([echoing, .. exchanges]);
        TestContext.Out.WriteLine($"{2L * Streams * Length / 1e6 / watch.Elapsed.TotalSeconds:N0} MB/s, both ways together");
    }
}
