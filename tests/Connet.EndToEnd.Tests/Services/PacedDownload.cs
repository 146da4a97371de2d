using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Connet.EndToEnd.Tests.Services;

/// <summary>A download that takes its time until it is told to hurry: a transfer in progress while something else happens.</summary>
internal sealed class PacedDownload : IDisposable
{
    private const int ChunkSize = 64 * 1024;
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(20);

    private readonly TunnelConnection _connection;
    private readonly CancellationToken _cancellationToken;
    private readonly TaskCompletionSource _hasBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _received;
    private volatile bool _hurried;
    private TimeSpan _longestPause;

    private PacedDownload(TunnelConnection connection, CancellationToken cancellationToken)
    {
        _connection = connection;
        _cancellationToken = cancellationToken;
        Completion = ReadAsync();
    }

    /// <summary>Ends with what arrived in all.</summary>
    public Task<StreamDigest> Completion { get; }

    public long Received => Interlocked.Read(ref _received);

    /// <summary>The longest time between two reads, the pace included. Valid when the download has ended.</summary>
    public TimeSpan LongestPause => _longestPause;

    public static async Task<PacedDownload> StartAsync(Tunnel tunnel, long length, CancellationToken cancellationToken)
    {
        TunnelConnection connection = await tunnel.OpenAsync(string.Create(CultureInfo.InvariantCulture, $"send {length}"), cancellationToken);
        return new PacedDownload(connection, cancellationToken);
    }

    /// <summary>Waits for the first bytes, or the end.</summary>
    public Task WaitForBytesAsync() => Task.WhenAny(_hasBegun.Task, Completion);

    /// <summary>Nothing more is said to the service.</summary>
    public void CompleteWrites() => _connection.CompleteWrites();

    public void Hurry() => _hurried = true;

    public void Dispose() => _connection.Dispose();

    private async Task<StreamDigest> ReadAsync()
    {
        using PeriodicTimer pace = new(s_pace);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = new byte[ChunkSize];
        long last = Stopwatch.GetTimestamp();
        while (true)
        {
            int count = await _connection.Stream.ReadAsync(chunk, _cancellationToken);
            long now = Stopwatch.GetTimestamp();
            TimeSpan pause = Stopwatch.GetElapsedTime(last, now);
            _longestPause = pause > _longestPause ? pause : _longestPause;
            last = now;
            if (count == 0)
            {
                return new StreamDigest(_received, Convert.ToHexStringLower(hash.GetHashAndReset()));
            }

            hash.AppendData(chunk, 0, count);
            Interlocked.Add(ref _received, count);
            _hasBegun.TrySetResult();
            if (!_hurried)
            {
                await pace.WaitForNextTickAsync(_cancellationToken);
            }
        }
    }
}
