using System.Diagnostics;

namespace Connet.Benchmarks.Peer;

/// <summary>What this process has used so far; the difference of two says what a run cost.</summary>
/// <param name="CpuSeconds">Processor time, user and system, of all threads.</param>
/// <param name="AllocatedBytes">Bytes allocated on the managed heap.</param>
/// <param name="Collections">Garbage collections.</param>
internal readonly record struct ProcessUsage(double CpuSeconds, long AllocatedBytes, int Collections)
{
    public static ProcessUsage Now()
    {
        using Process process = Process.GetCurrentProcess();
        return new ProcessUsage(process.TotalProcessorTime.TotalSeconds, GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(0));
    }

    public ProcessUsage Since(ProcessUsage start) =>
        new(CpuSeconds - start.CpuSeconds, AllocatedBytes - start.AllocatedBytes, Collections - start.Collections);
}
