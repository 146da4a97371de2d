using System.Diagnostics;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>The clock of production: the system's monotonic one.</summary>
internal static class MonotonicClock
{
    public static Timestamp Now => new((long)(Stopwatch.GetTimestamp() * _ticksPerCount));

    private static readonly double _ticksPerCount = (double)TimeSpan.TicksPerSecond / Stopwatch.Frequency;
}
