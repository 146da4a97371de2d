using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Connet.Quic;

namespace QuicEcho;

/// <summary>Sends random bytes over several streams at once and compares what comes back.</summary>
internal static class EchoClient
{
    private const int Streams = 8;
    private const int BytesPerStream = 4 * 1024 * 1024;

    /// <summary>Connects, transfers and reports; false if a byte came back wrong.</summary>
    public static async Task<bool> RunAsync(IPEndPoint server, ReadOnlyMemory<byte> pin, CancellationToken cancellationToken)
    {
        await using QuicConnection connection = await QuicConnection.ConnectAsync(
            new QuicClientConnectionOptions
            {
                RemoteEndPoint = server,
                ApplicationProtocols = [EchoProtocol.Name],
                CertificateValidation = QuicCertificateValidation.Pinned(pin),
            },
            cancellationToken);
        Console.WriteLine($"client  connected to {connection.RemoteEndPoint}: QUIC version 1, protocol {connection.NegotiatedApplicationProtocol}");

        byte[][] payloads = [.. Enumerable.Range(0, Streams).Select(_ => RandomNumberGenerator.GetBytes(BytesPerStream))];
        long started = Stopwatch.GetTimestamp();
        bool[] intact = await Task.WhenAll(payloads.Select(payload => TransferAsync(connection, payload, cancellationToken)));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        Report(connection.GetStatistics(), elapsed);
        await connection.CloseAsync(0, "done", cancellationToken);

        int wrong = intact.Count(each => !each);
        Console.WriteLine(wrong == 0 ? "result  every byte came back as it was sent" : $"result  {wrong} of {Streams} streams came back WRONG");
        return wrong == 0;
    }

    /// <summary>Writes and reads at the same time: the echo's flow control would stop a writer that does not read.</summary>
    private static async Task<bool> TransferAsync(QuicConnection connection, byte[] payload, CancellationToken cancellationToken)
    {
        await using QuicStream stream = await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, cancellationToken);
        Task writing = stream.WriteAsync(payload, completeWrites: true, cancellationToken).AsTask();
        bool intact = await ReadsBackAsync(stream, payload, cancellationToken);
        await writing;
        return intact;
    }

    private static async Task<bool> ReadsBackAsync(QuicStream stream, ReadOnlyMemory<byte> expected, CancellationToken cancellationToken)
    {
        bool intact = true;
        byte[] buffer = new byte[EchoProtocol.ReadSize];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            intact &= read <= expected.Length && buffer.AsSpan(0, read).SequenceEqual(expected.Span[..read]);
            expected = expected[Math.Min(read, expected.Length)..];
        }

        return intact && expected.IsEmpty;
    }

    private static void Report(QuicConnectionStatistics path, TimeSpan elapsed)
    {
        const double Mega = 1e6;
        double megabits = 8.0 * Streams * BytesPerStream / Mega / elapsed.TotalSeconds;
        Console.WriteLine(
            $"path    round trip {path.SmoothedRtt.TotalMilliseconds:F2} ms ({path.MinimumRtt.TotalMilliseconds:F2} ms at best), "
            + $"datagrams of {path.MaxDatagramSize} bytes, {path.PacketsLost} of {path.PacketsSent} packets lost");
        Console.WriteLine(
            $"echo    {Streams} streams of {BytesPerStream / 1024 / 1024} MiB there and back in {elapsed.TotalSeconds:F2} s: {megabits:F0} Mbit/s each way");
    }
}
