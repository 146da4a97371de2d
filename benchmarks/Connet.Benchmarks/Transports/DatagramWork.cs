namespace Connet.Benchmarks.Transports;

/// <summary>What the sides do with datagrams, beside a stream whose end ends it.</summary>
internal static class DatagramWork
{
    /// <summary>Whatever fits a packet.</summary>
    public const int MaxFrameSize = 65_535;

    private const int PayloadSize = 1000;
    private const int Outstanding = 32;

    /// <summary>Keeps some datagrams on their way there and back for some time, then ends the stream. Returns how many bytes came back.</summary>
    public static async Task<long> ExchangeAsync(BenchmarkTransport transport, Stream stream, double seconds)
    {
        // The other side learns of the stream with its first byte.
        await stream.WriteAsync(new byte[1]).ConfigureAwait(false);
        using CancellationTokenSource end = new(TimeSpan.FromSeconds(seconds));
        byte[] payload = new byte[PayloadSize];
        byte[] buffer = new byte[MaxFrameSize];
        long total = 0;
        for (int i = 0; i < Outstanding; i++)
        {
            transport.SendDatagram(payload);
        }

        try
        {
            while (true)
            {
                total += await transport.ReceiveDatagramAsync(buffer, end.Token).ConfigureAwait(false);
                transport.SendDatagram(payload);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            transport.CompleteWrites(stream);
            return total;
        }
    }

    /// <summary>Sends every datagram back until the stream ends. Returns how many bytes those were.</summary>
    public static async Task<long> EchoAsync(BenchmarkTransport transport, Stream stream)
    {
        using CancellationTokenSource end = new();
        Task<long> echoing = EchoAsync(transport, end.Token);
        await StreamWork.ReadAsync(stream, MaxFrameSize).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        return await echoing.ConfigureAwait(false);
    }

    private static async Task<long> EchoAsync(BenchmarkTransport transport, CancellationToken end)
    {
        byte[] buffer = new byte[MaxFrameSize];
        long total = 0;
        try
        {
            while (true)
            {
                int length = await transport.ReceiveDatagramAsync(buffer, end).ConfigureAwait(false);
                transport.SendDatagram(buffer.AsSpan(0, length));
                total += length;
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return total;
        }
    }
}
