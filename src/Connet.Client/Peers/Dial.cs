using Connet.Client.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Timing;

namespace Connet.Client.Peers;

/// <summary>
/// One dial of a source. It tries the paths that its plan says; while one has not answered within two round trips the next is tried
/// beside it, and a failure starts the next at once. The first answer wins. It goes on while there is hope: paths come and go, and the
/// destination may be about to start again.
/// </summary>
internal sealed class Dial(PeerEndpoint endpoint, TimeSpan timeout, IDialPlan plan, ConnetDialOptions options, ConnetTraffic traffic)
    : IAsyncDisposable
{
    /// <summary>How long a name is waited for that no destination has had since the source started.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Where a destination has refused, one that has been silent for so long is not waited for; where another one may be tried, not even one that
    /// lives.
    /// </summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock = endpoint.Clock;
    private readonly long _start = endpoint.Clock.GetTimestamp();
    private readonly TimeSpan _leastPatience = endpoint.ClientOptions.HedgeDelay;
    private readonly CancellationTokenSource _losers = new();
    private readonly List<(DialAttempt Attempt, Task<DialResult> Task, TimeSpan Since, TimeSpan Patience)> _running = [];
    private readonly Dictionary<PeerPath, Failed> _failed = [];
    private TimeSpan _hedgeAt;

    private TimeSpan Elapsed => _clock.GetElapsedTime(_start);

    /// <summary>Until then a first destination may come: a control server that has just started learns of its clients one by one.</summary>
    private TimeSpan SettledAt
    {
        get
        {
            TimeSpan listed = endpoint.Peers.HasList ? _clock.GetElapsedTime(_start, endpoint.Peers.ListedAt) : TimeSpan.Zero;
            return SettleTime + (listed > TimeSpan.Zero ? listed : TimeSpan.Zero);
        }
    }

    /// <summary>Dials.</summary>
    /// <exception cref="ProtocolException">Nothing came of it.</exception>
    /// <exception cref="ObjectDisposedException">The source stops.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<ConnetConnection> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed = endpoint.Changed.Next;
            endpoint.ThrowIfStopping();

            // One reading for the whole turn: a moment that passed between two readings would be judged as to come and waited for as gone.
            TimeSpan now = Elapsed;
            if (_running.Count == 0 || now >= _hedgeAt)
            {
                StartNext(now);
            }

            if (Verdict(now) is { } failure)
            {
                throw failure;
            }

            Task wakeUp = Task.WhenAny([changed, .. _running.Select(running => running.Task)]);
            await _clock.WaitUpToAsync(wakeUp, Patience(now), cancellationToken).ConfigureAwait(false);
            if (changed.IsCompleted)
            {
                ForgiveNotFound();
            }

            if (await TakeResultAsync().ConfigureAwait(false) is { } connection)
            {
                return connection;
            }
        }
    }

    /// <summary>Resets the attempts that are no longer wanted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_running.Count == 0)
        {
            _losers.Dispose();
            return;
        }

        await _losers.CancelAsync().ConfigureAwait(false);
        endpoint.Tasks.Run(async () =>
        {
            foreach ((_, Task<DialResult> task, _, _) in _running)
            {
                DialResult result = await task.ConfigureAwait(false);
                if (result.Connection is { } late)
                {
                    late.Abort(0);
                    await late.DisposeAsync().ConfigureAwait(false);
                }
            }

            _losers.Dispose();
        });
    }

    private void StartNext(TimeSpan now)
    {
        foreach ((DialAttempt attempt, _, TimeSpan since, _) in _running)
        {
            if (now - since >= _leastPatience && attempt.IsPathSilent)
            {
                MarkUnanswered(attempt.Path);
            }
        }

        List<(PeerPath Path, PathState State)> usable =
            [.. endpoint.UsablePaths().Where(usable => _running.All(running => running.Attempt.Path != usable.Path) && MayTry(usable.Path, now))];
        DialWait[] waiting = [.. _running.Select(running => WaitFor(running.Attempt, now - running.Since, running.Patience))];
        if (plan.Next(usable, waiting, now) is not { } chosen)
        {
            return;
        }

        PeerPath path = usable[chosen].Path;
        if (_running.Count > 0)
        {
            PeerLog.DialHedged(endpoint.Network.Context.Logger, endpoint.ToString(), _running[^1].Attempt.Path.ToString());
        }

        DialAttempt next = new(endpoint, path, options, traffic);
        TimeSpan patience = 2 * usable[chosen].State.RoundTripTime;
        patience = patience > _leastPatience ? patience : _leastPatience;
        _running.Add((next, next.RunAsync(_losers.Token), now, patience));
        _hedgeAt = now + patience;
    }

    private static DialWait WaitFor(DialAttempt attempt, TimeSpan age, TimeSpan patience)
    {
        // A path that is to end was given up by news, not by silence: the peer is gone, or has another path.
        bool isOverdue = !attempt.Path.IsUsable || (age >= patience && attempt.IsPathSilent);
        return new DialWait($"{attempt.Path.Kind} {attempt.Path.Id}", age, isOverdue);
    }

    private bool MayTry(PeerPath path, TimeSpan now) =>
        !_failed.TryGetValue(path, out Failed? failed) || (!failed.Result.IsFinal && now >= failed.NotBefore);

    private static void MarkUnanswered(PeerPath path)
    {
        if (path.Peer is { } peer)
        {
            peer.MarkUnanswered();
        }
        else
        {
            path.MarkUnanswered();
        }
    }

    /// <summary>The list of peers may have changed what a relay knows.</summary>
    private void ForgiveNotFound()
    {
        foreach (Failed failed in _failed.Values)
        {
            if (failed.Result.Refusal is not null)
            {
                failed.NotBefore = TimeSpan.Zero;
            }
        }
    }

    private async ValueTask<ConnetConnection?> TakeResultAsync()
    {
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            (DialAttempt attempt, Task<DialResult> task, _, _) = _running[i];
            if (!task.IsCompleted)
            {
                continue;
            }

            _running.RemoveAt(i);
            DialResult result = await task.ConfigureAwait(false);
            if (result.Connection is { } connection)
            {
                plan.Succeed(connection, attempt.Path);
                return connection;
            }

            plan.Fail(attempt.Path, result);
            PeerLog.DialFailed(endpoint.Network.Context.Logger, endpoint.ToString(), attempt.Path.ToString(), result.Problem);
            TimeSpan pause = _failed.TryGetValue(attempt.Path, out Failed? before) ? before.Pause * 2 : s_firstPause;
            pause = pause < s_longestPause ? pause : s_longestPause;
            _failed[attempt.Path] = new Failed(result, pause) { NotBefore = Elapsed + pause };
            _hedgeAt = TimeSpan.Zero;
        }

        return null;
    }

    /// <summary>How long nothing needs to be done unless something happens.</summary>
    private TimeSpan Patience(TimeSpan now)
    {
        List<TimeSpan> moments = [.. _failed.Values.Where(failed => !failed.Result.IsFinal).Select(failed => failed.NotBefore)];
        if (_running.Count > 0)
        {
            moments.Add(_hedgeAt);
            moments.AddRange(_running.Select(running => running.Since + running.Patience));
            moments.AddRange(_running.Select(running => running.Since + Silence));
        }

        if (timeout > TimeSpan.Zero)
        {
            moments.Add(timeout);
        }

        moments.Add(SettledAt);
        TimeSpan[] ahead = [.. moments.Where(moment => moment > now)];
        return ahead.Length == 0 ? s_longestPause : ahead.Min() - now;
    }

    /// <returns>Why there is no hope; null while there is.</returns>
    private ProtocolException? Verdict(TimeSpan now)
    {
        bool isLate = timeout > TimeSpan.Zero && now >= timeout;
        bool hopes = _running.Any(running => now < running.Since + Silence || !running.Attempt.IsPathSilent);
        if (hopes && !isLate)
        {
            return null;
        }

        if (_failed.Values.Any(failed => failed.Result.IsFinal))
        {
            return Summary($"A destination of '{endpoint.Name}' was reached, but there is no connection");
        }

        if (_running.Count > 0 && !isLate)
        {
            return null;
        }

        if (endpoint.Refusal is { } refusal && endpoint.Peers.Count == 0)
        {
            return new ProtocolException(refusal.Code, $"The control server does not permit the source '{endpoint.Name}': {refusal.Message}.", refusal);
        }

        bool neverKnown = endpoint.Peers.HasList && !endpoint.Peers.HadAny && now >= SettledAt;
        if (endpoint.Peers.Count == 0 && (neverKnown || isLate))
        {
            return new ProtocolException(
                ProtocolErrorCode.DestinationNotFound,
                endpoint.Peers.HasList
                    ? $"No destination of '{endpoint.Name}' is connected to the control server: start one, or check its name and what its token permits."
                    : $"The control server has not been reached, so no destination of '{endpoint.Name}' is known: check the server's address.");
        }

        return isLate ? Summary($"No destination of '{endpoint.Name}' answered within {timeout.TotalSeconds:0.#} s") : null;
    }

    private ProtocolException Summary(string what)
    {
        ProtocolErrorCode code = _failed.Values
            .Select(failed => failed.Result.Refusal)
            .OfType<ProtocolException>()
            .Select(refusal => refusal.Code)
            .OrderByDescending(code => code)
            .FirstOrDefault(ProtocolErrorCode.DestinationNotFound);
        IEnumerable<string> problems = _failed
            .Select(failed => $"{failed.Key}: {failed.Value.Result.Problem.TrimEnd('.')}")
            .Concat(_running.Select(running => $"{running.Attempt.Path}: no answer"));
        string tried = string.Join("; ", problems);
        return tried.Length > 0
            ? new ProtocolException(code, $"{what} ({tried}).")
            : new ProtocolException(
                code, $"{what}: {endpoint.Peers.Count} known, but there is no path to any; let UDP through between the clients, or give both a relay.");
    }

    private sealed class Failed(DialResult result, TimeSpan pause)
    {
        public DialResult Result => result;

        public TimeSpan Pause => pause;

        public TimeSpan NotBefore { get; set; }
    }
}
