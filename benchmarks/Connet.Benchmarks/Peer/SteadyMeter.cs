using Connet.Benchmarks.Transports;

namespace Connet.Benchmarks.Peer;

/// <summary>
/// Counts allocations and packets in the second half of a run, when buffers have grown and code is compiled: what the
/// data path allocates, without what a connection costs once.
/// </summary>
internal sealed class SteadyMeter
{
    private readonly Task<double> _measuring;

    private SteadyMeter(BenchmarkTransport transport, double seconds) => _measuring = Task.Run(() => MeasureAsync(transport, seconds));

    public static SteadyMeter Start(BenchmarkTransport transport, double seconds) => new(transport, seconds);

    /// <summary>Bytes allocated for each packet sent or received; 0 where packets are not counted.</summary>
    public Task<double> BytesPerPacketAsync() => _measuring;

    private static async Task<double> MeasureAsync(BenchmarkTransport transport, double seconds)
    {
        await Task.Delay(TimeSpan.FromSeconds(seconds / 2)).ConfigureAwait(false);
        (long Sent, long Received) packets = transport.Packets;
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        await Task.Delay(TimeSpan.FromSeconds(seconds * 0.4)).ConfigureAwait(false);
        long allocatedAfter = GC.GetTotalAllocatedBytes(precise: true);
        (long Sent, long Received) packetsAfter = transport.Packets;
        long count = packetsAfter.Sent + packetsAfter.Received - packets.Sent - packets.Received;
        return count == 0 ? 0 : (double)(allocatedAfter - allocated) / count;
    }
}
