using System.Buffers.Binary;
using Connet.Control.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Timing;
using Microsoft.Extensions.Logging;

namespace Connet.Control.Stores;

/// <summary>
/// Writes what clients announce to the store, beside the sessions: they say what has changed, which costs them nothing, and only who is
/// about to acknowledge something waits. All changes since the last write go in one transaction, so that however many clients wait, each
/// waits for two writes at most; of an endpoint that changes faster than that the newest state is written. Changes that nobody waits for
/// are collected for a while. A store that fails is reported once and tried again; meanwhile nobody is held up by it. Thread safe.
/// </summary>
internal sealed class AnnouncementJournal(IControlStore store, TimeProvider clock, ILogger logger)
{
    private const string AliveKey = "alive-at";

    /// <summary>How long changes may wait that nobody waits for.</summary>
    private static readonly TimeSpan s_lazy = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly ChangeSignal _changed = new();
    private readonly ChangeSignal _committed = new();
    private readonly HashSet<StoredAnnouncementKey> _stored = [];
    private Dictionary<StoredAnnouncementKey, StoredAnnouncement?> _dirty = [];
    private Task _run = Task.CompletedTask;
    private long _dirtySince;
    private long _recorded;
    private long _written;
    private long _wanted;
    private long? _lastBeat;
    private bool _isFailing;
    private bool _isStopping;

    /// <summary>
    /// While there are announcements, the time is written at least this often: how long a connection had been lost when the server died
    /// can be told to this precision.
    /// </summary>
    public static TimeSpan BeatInterval { get; } = TimeSpan.FromSeconds(5);

    /// <summary>When the process before this one was certainly alive.</summary>
    /// <returns>Null if no process ever kept announcements here.</returns>
    /// <exception cref="ConnetException">The store failed, or holds something else.</exception>
    public async ValueTask<DateTimeOffset?> ReadAliveAsync(CancellationToken cancellationToken)
    {
        if (await store.GetAsync(AliveKey, cancellationToken).ConfigureAwait(false) is not { } bytes)
        {
            return null;
        }

        long ticks = bytes.Length == sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(bytes) : -1;
        return ticks >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : throw new ControlServerException(
                $"What the store has under '{AliveKey}' was not written by a control server: restore the store, or start with a new one.");
    }

    /// <summary>Begins to write.</summary>
    /// <param name="stored">What the store has.</param>
    public void Start(IEnumerable<StoredAnnouncementKey> stored)
    {
        _stored.UnionWith(stored);
        _run = Task.Run(RunAsync);
    }

    /// <summary>Something has changed. Does not block.</summary>
    /// <param name="key">What.</param>
    /// <param name="value">Its newest state; null if it is gone.</param>
    /// <returns>What <see cref="CommittedAsync"/> takes.</returns>
    public long Record(StoredAnnouncementKey key, StoredAnnouncement? value)
    {
        bool isFirst;
        long recorded;
        lock (_gate)
        {
            isFirst = _dirty.Count == 0;
            if (isFirst)
            {
                _dirtySince = clock.GetTimestamp();
            }

            _dirty[key] = value;
            recorded = ++_recorded;
        }

        if (isFirst)
        {
            _changed.Raise();
        }

        return recorded;
    }

    /// <summary>Waits until what was recorded is durable, or the store has failed to make it so.</summary>
    /// <param name="recorded">What <see cref="Record"/> gave.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask CommittedAsync(long recorded, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_written >= recorded)
            {
                return;
            }

            _wanted = Math.Max(_wanted, recorded);
        }

        _changed.Raise();
        for (Task next = _committed.Next; Volatile.Read(ref _written) < recorded; next = _committed.Next)
        {
            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes what is left, and ends.</summary>
    public async Task StopAsync()
    {
        lock (_gate)
        {
            _isStopping = true;
        }

        _changed.Raise();
        await _run.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            Task changed = _changed.Next;
            TimeSpan? pause = Pause(out bool isOver);
            if (isOver)
            {
                return;
            }

            if (pause is { } time && time > TimeSpan.Zero)
            {
                await clock.WaitUpToAsync(changed, time, CancellationToken.None).ConfigureAwait(false);
            }
            else if (pause is null)
            {
                await changed.ConfigureAwait(false);
            }
            else
            {
                await WriteAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>How long there is nothing to do; null for ever, zero if something is to be written now.</summary>
    private TimeSpan? Pause(out bool isOver)
    {
        lock (_gate)
        {
            isOver = _isStopping && _dirty.Count == 0;
            if (_dirty.Count > 0)
            {
                return _isStopping || _wanted > _written ? TimeSpan.Zero : Left(_dirtySince, s_lazy);
            }

            return _stored.Count == 0 ? null : Left(_lastBeat, BeatInterval);
        }
    }

    private TimeSpan Left(long? since, TimeSpan time) =>
        since is { } began && time - clock.GetElapsedTime(began) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    private async Task WriteAsync()
    {
        Dictionary<StoredAnnouncementKey, StoredAnnouncement?> batch;
        long recorded;
        lock (_gate)
        {
            batch = _dirty;
            _dirty = [];
            recorded = _recorded;
        }

        string? failure = null;
        try
        {
            await BeatAsync().ConfigureAwait(false);
            await SaveAsync(batch).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The store may be the application's; its fault must not end the writing of everything that comes.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception.Message;
        }

        Settle(batch, recorded, failure);
        if (failure is null == _isFailing)
        {
            _isFailing = failure is not null;
            if (failure is null)
            {
                ControlLog.StoreWorksAgain(logger);
            }
            else
            {
                ControlLog.StoreFailed(logger, failure);
            }
        }

        _committed.Raise();
    }

    private async ValueTask BeatAsync()
    {
        if (Left(_lastBeat, BeatInterval) > TimeSpan.Zero)
        {
            return;
        }

        // Before the attempt: one that fails is not repeated at once.
        _lastBeat = clock.GetTimestamp();
        byte[] now = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(now, clock.GetUtcNow().UtcTicks);
        await store.SetAsync(AliveKey, now).ConfigureAwait(false);
    }

    private async ValueTask SaveAsync(Dictionary<StoredAnnouncementKey, StoredAnnouncement?> batch)
    {
        StoredAnnouncement[] changed = [.. batch.Values.OfType<StoredAnnouncement>()];
        StoredAnnouncementKey[] removed = [.. batch.Where(pair => pair.Value is null && _stored.Contains(pair.Key)).Select(pair => pair.Key)];
        if (changed.Length > 0 || removed.Length > 0)
        {
            await store.SaveAnnouncementsAsync(changed, removed).ConfigureAwait(false);
        }
    }

    /// <summary>Notes what the store has now; after a failure, what is still to be written.</summary>
    private void Settle(Dictionary<StoredAnnouncementKey, StoredAnnouncement?> batch, long recorded, string? failure)
    {
        lock (_gate)
        {
            // Whoever waits goes on after a failure too: a full disk must not keep clients from each other.
            Volatile.Write(ref _written, recorded);
            foreach ((StoredAnnouncementKey key, StoredAnnouncement? value) in batch)
            {
                if (failure is not null && !_isStopping)
                {
                    _dirty.TryAdd(key, value);
                }
                else if (value is null)
                {
                    _stored.Remove(key);
                }
                else
                {
                    _stored.Add(key);
                }
            }

            _dirtySince = clock.GetTimestamp();
        }
    }
}
