using System.Diagnostics;
using Connet.HandPeer;
using Connet.Protocol.Common;
using Connet.Quic;

namespace Connet.Relay.Tests;

/// <summary>A reader that stalls stops its sender, and nobody else.</summary>
public sealed class BackpressureTests
{
    private const int Chunk = 64 * 1024;

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_stalled_reader_stops_its_sender_and_neighbours_run_on(bool towardsDestination)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination);

        // Several stalled streams: elsewhere two to four of them block a whole path.
        List<Task<long>> stalled = [];
        using CancellationTokenSource stop = new();
        List<HandStream> unread = [];
        for (int i = 0; i < 8; i++)
        {
            (HandStream near, HandStream far) = await Rig.JoinStreamsAsync(source, destination);
            (HandStream writer, HandStream reader) = towardsDestination ? (near, far) : (far, near);
            unread.Add(reader);
            stalled.Add(WriteUntilStoppedAsync(writer.Stream, stop.Token));
        }

        // They come to a halt: nothing more is forwarded.
        await UntilStillAsync(rig);
        long halted = rig.Relay.GetStatus().ForwardedBytes;
        Assert.That(halted, Is.LessThan(256L * 1024 * 1024), "what the windows of eight streams hold");

        const long Bytes = 32L * 1024 * 1024;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        (HandStream quick, HandStream quickEnd) = await Rig.JoinStreamsAsync(source, destination);
        (HandStream from, HandStream to) = towardsDestination ? (quick, quickEnd) : (quickEnd, quick);
        Stopwatch watch = Stopwatch.StartNew();
        Task writing = WriteAsync(from, Bytes);
        Assert.That(await CountAsync(to), Is.EqualTo(Bytes));
        await writing;
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(60)));
        Assert.That(stalled.Any(each => each.IsCompleted), Is.False);
        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(48L * 1024 * 1024), "memory is flat");

        // And go on where they are read again.
        byte[] some = await unread[0].ReceiveBytesAsync(1024 * 1024);
        Assert.That(some, Has.Length.EqualTo(1024 * 1024));
        await stop.CancelAsync();
        await Task.WhenAll(stalled);
    }

    private static async Task<long> WriteUntilStoppedAsync(QuicStream stream, CancellationToken cancellationToken)
    {
        byte[] chunk = new byte[Chunk];
        long written = 0;
        try
        {
            while (true)
            {
                await stream.WriteAsync(chunk, cancellationToken);
                written += chunk.Length;
            }
        }
        catch (OperationCanceledException)
        {
            return written;
        }
    }

    private static async Task WriteAsync(HandStream stream, long bytes)
    {
        byte[] chunk = new byte[Chunk];
        for (long written = 0; written < bytes; written += Chunk)
        {
            await stream.SendBytesAsync(chunk, complete: written + Chunk == bytes);
        }
    }

    private static async Task<long> CountAsync(HandStream stream)
    {
        byte[] buffer = new byte[Chunk];
        long total = 0;
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (await stream.Stream.ReadAsync(buffer, patience.Token) is var read and > 0)
        {
            total += read;
        }

        return total;
    }

    private static async Task UntilStillAsync(Rig rig)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(500));
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        long last = -1;
        while (rig.Relay.GetStatus().ForwardedBytes is var now && now != last)
        {
            last = now;
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
