using System.Diagnostics;
using System.Globalization;

namespace Connet.Benchmarks.Peer;

/// <summary>What this process has used so far; the difference of two says what a run cost.</summary>
/// <param name="CpuSeconds">Processor time, user and system, of all threads.</param>
/// <param name="AllocatedBytes">Bytes allocated on the managed heap.</param>
/// <param name="WaitedSeconds">How long threads that could run waited for a processor: other load on the machine. Linux only.</param>
internal readonly record struct ProcessUsage(double CpuSeconds, long AllocatedBytes, double WaitedSeconds)
{
    public static ProcessUsage Now()
    {
        using Process process = Process.GetCurrentProcess();
        return new ProcessUsage(process.TotalProcessorTime.TotalSeconds, GC.GetTotalAllocatedBytes(precise: true), Waited());
    }

    public ProcessUsage Since(ProcessUsage start) =>
        new(CpuSeconds - start.CpuSeconds, AllocatedBytes - start.AllocatedBytes, WaitedSeconds - start.WaitedSeconds);

    private static double Waited()
    {
        const string Tasks = "/proc/self/task";
        double nanoseconds = 0;
        foreach (string task in Directory.Exists(Tasks) ? Directory.GetDirectories(Tasks) : [])
        {
            try
            {
                nanoseconds += double.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[1], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The thread ended meanwhile, or the kernel keeps no such statistics.
            }
        }

        return nanoseconds / 1e9;
    }
}
