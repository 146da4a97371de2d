using System.Diagnostics;
using System.Globalization;

namespace Connet.EndToEnd.Tests.Services;

/// <summary>A connection over which a line goes there and back again and again, while something else happens.</summary>
internal sealed class Heartbeat : IAsyncDisposable
{
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(20);

    private readonly TunnelConnection _connection;
    private readonly CancellationTokenSource _end;
    private readonly TaskCompletionSource _hasBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _beating;
    private TimeSpan _longestPause;
    private long _last = Stopwatch.GetTimestamp();
    private int _count;

    private Heartbeat(TunnelConnection connection, CancellationToken cancellationToken)
    {
        _connection = connection;
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _beating = BeatAsync();
    }

    /// <summary>Completes when the connection has failed, or <see cref="StopAsync"/> was called.</summary>
    public Task Completion => _beating;

    /// <summary>Returns with the first answer: before, the connection may be on its way to the service yet.</summary>
    public static async Task<Heartbeat> StartAsync(Tunnel tunnel, CancellationToken cancellationToken)
    {
        Heartbeat heartbeat = new(await tunnel.OpenAsync("echo", cancellationToken), cancellationToken);
        await Task.WhenAny(heartbeat._hasBegun.Task, heartbeat._beating);
        return heartbeat;
    }

    /// <summary>Ends it, and says how long the longest time from one answer to the next was, or since the last. Throws what it failed with.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        await _end.CancelAsync();
        await _beating;
        TimeSpan pause = Stopwatch.GetElapsedTime(_last);
        return pause > _longestPause ? pause : _longestPause;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _connection.Dispose();
        _end.Dispose();
    }

    private async Task BeatAsync()
    {
        using PeriodicTimer pace = new(s_pace);
        try
        {
            while (true)
            {
                string line = _count.ToString(CultureInfo.InvariantCulture);
                await _connection.WriteAsync(line + "\n", _end.Token);
                string answer = await _connection.ReadLineAsync(_end.Token);
                if (answer != line)
                {
                    throw new IOException($"\"{answer}\" came back instead of \"{line}\".");
                }

                long now = Stopwatch.GetTimestamp();
                TimeSpan pause = Stopwatch.GetElapsedTime(_last, now);
                _longestPause = pause > _longestPause ? pause : _longestPause;
                _last = now;
                _count++;
                _hasBegun.TrySetResult();
                await pace.WaitForNextTickAsync(_end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
