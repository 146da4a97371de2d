using System.Diagnostics;

namespace Connet.Benchmarks.Transports;

/// <summary>What one side does with one stream.</summary>
internal static class StreamWork
{
    /// <summary>Writes for some time, then ends the stream.</summary>
    public static async Task WriteAsync(BenchmarkTransport transport, Stream stream, double seconds, int bufferSize)
    {
        byte[] buffer = new byte[bufferSize];
        Random.Shared.NextBytes(buffer);
        long end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        do
        {
            await stream.WriteAsync(buffer).ConfigureAwait(false);
        }
        while (Stopwatch.GetTimestamp() < end);
        transport.CompleteWrites(stream);
    }

    /// <summary>Reads to the end and returns how many bytes that was.</summary>
    public static async Task<long> ReadAsync(Stream stream, int bufferSize)
    {
        byte[] buffer = new byte[bufferSize];
        long total = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            total += read;
        }

        return total;
    }

    /// <summary>Sends everything back.</summary>
    public static async Task<long> EchoAsync(BenchmarkTransport transport, Stream stream, int bufferSize)
    {
        byte[] buffer = new byte[bufferSize];
        long total = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            total += read;
            await stream.WriteAsync(buffer.AsMemory(0, read)).ConfigureAwait(false);
        }

        transport.CompleteWrites(stream);
        return total;
    }
}
