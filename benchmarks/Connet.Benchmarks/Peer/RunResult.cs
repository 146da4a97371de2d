namespace Connet.Benchmarks.Peer;

/// <summary>What one run moved and what it cost on both sides.</summary>
/// <param name="Bytes">Payload received, by both sides together.</param>
/// <param name="Seconds">From the first write until everything had arrived.</param>
/// <param name="Client">What the client process used.</param>
/// <param name="Server">What the server process used.</param>
internal sealed record RunResult(long Bytes, double Seconds, ProcessUsage Client, ProcessUsage Server)
{
    private const double Giga = 1e9;

    public double GigabitsPerSecond => Bytes * 8 / Seconds / Giga;

    public double ClientCpuPerGigabyte => Client.CpuSeconds / (Bytes / Giga);

    public double ServerCpuPerGigabyte => Server.CpuSeconds / (Bytes / Giga);

    /// <summary>Packets that the client sent and received.</summary>
    public required long ClientPackets { get; init; }

    /// <summary>Packets that the server sent and received.</summary>
    public required long ServerPackets { get; init; }

    /// <summary>What the client allocated for each packet once the run was under way.</summary>
    public required double ClientBytesPerPacket { get; init; }

    /// <summary>What the server allocated for each packet once the run was under way.</summary>
    public required double ServerBytesPerPacket { get; init; }
}
