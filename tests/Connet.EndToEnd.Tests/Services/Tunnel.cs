using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Connet.EndToEnd.Tests.Services;

/// <summary>A source's port, used as an application would: each method is one whole exchange with the service at the other end.</summary>
/// <param name="port">The source's port on 127.0.0.1.</param>
/// <param name="newSocket">Makes a TCP socket in the network where the source listens.</param>
internal sealed class Tunnel(int port, Func<Socket>? newSocket = null)
{
    /// <summary>How often a try is repeated while one waits for the tunnel to come back.</summary>
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromMilliseconds(50);

    public int Port => port;

    public Task<TunnelConnection> OpenAsync(string command, CancellationToken cancellationToken) =>
        TunnelConnection.OpenAsync(port, command, cancellationToken, newSocket?.Invoke());

    /// <summary>The service sends the pattern: from the destination to the source.</summary>
    public async Task<StreamDigest> DownloadAsync(long length, CancellationToken cancellationToken, Action<long>? progress = null)
    {
        using TunnelConnection connection = await OpenAsync(string.Create(CultureInfo.InvariantCulture, $"send {length}"), cancellationToken);
        connection.CompleteWrites();
        return await StreamDigest.ReadAsync(connection.Stream, cancellationToken, progress);
    }

    /// <summary>The service gets the pattern, sees its end, and answers what arrived: from the source to the destination.</summary>
    public async Task<StreamDigest> UploadAsync(long length, CancellationToken cancellationToken)
    {
        using TunnelConnection connection = await OpenAsync("hash", cancellationToken);
        await BytePattern.WriteAsync(length, bytes => connection.Stream.WriteAsync(bytes, cancellationToken));
        connection.CompleteWrites();
        string[] answer = (await connection.ReadLineAsync(cancellationToken)).Split(' ');
        return answer.Length == 2
            ? new StreamDigest(long.Parse(answer[0], CultureInfo.InvariantCulture), answer[1])
            : throw new IOException($"The service's answer was \"{string.Join(' ', answer)}\".");
    }

    /// <summary>A line there and back.</summary>
    public async Task EchoAsync(string line, CancellationToken cancellationToken)
    {
        using TunnelConnection connection = await OpenAsync("echo", cancellationToken);
        await connection.WriteAsync(line + "\n", cancellationToken);
        string answer = await connection.ReadLineAsync(cancellationToken);
        if (answer != line)
        {
            throw new IOException($"\"{answer}\" came back instead of \"{line}\".");
        }
    }

    /// <summary>Repeats the exchange until it succeeds once, and returns when that was, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    /// <param name="attemptLimit">What an application would wait for one answer before it tries again.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<long> WaitUntilReachedAsync(TimeSpan attemptLimit, CancellationToken cancellationToken)
    {
        using PeriodicTimer pace = new(s_retryInterval);
        while (true)
        {
            using CancellationTokenSource attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            attempt.CancelAfter(attemptLimit);
            try
            {
                await EchoAsync("are you there", attempt.Token);
                return Stopwatch.GetTimestamp();
            }
            catch (Exception e) when ((e is IOException or SocketException or OperationCanceledException) && !cancellationToken.IsCancellationRequested)
            {
                await TestContext.Out.WriteLineAsync($"not reached: {e.Message}");
            }

            await pace.WaitForNextTickAsync(cancellationToken);
        }
    }
}
