namespace Connet.Benchmarks.Peer;

/// <summary>What one run moved and what it cost on both sides.</summary>
/// <param name="Bytes">Payload received, by both sides together.</param>
/// <param name="Seconds">From the first write until everything had arrived.</param>
/// <param name="Client">What the client process used.</param>
/// <param name="Server">What the server process used.</param>
/// <param name="ClientPackets">Packets that the client sent and received.</param>
/// <param name="ServerPackets">Packets that the server sent and received.</param>
internal sealed record RunResult(long Bytes, double Seconds, ProcessUsage Client, ProcessUsage Server, long ClientPackets, long ServerPackets)
{
    private const double Giga = 1e9;

    public double GigabitsPerSecond => Bytes * 8 / Seconds / Giga;

    public double ClientCpuPerGigabyte => Client.CpuSeconds / (Bytes / Giga);

    public double ServerCpuPerGigabyte => Server.CpuSeconds / (Bytes / Giga);

    public double ClientBytesPerPacket => ClientPackets == 0 ? 0 : (double)Client.AllocatedBytes / ClientPackets;

    public double ServerBytesPerPacket => ServerPackets == 0 ? 0 : (double)Server.AllocatedBytes / ServerPackets;
}
