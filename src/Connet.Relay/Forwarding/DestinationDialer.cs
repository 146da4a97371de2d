using Connet.Protocol;
using Connet.Protocol.Peers;
using Connet.Protocol.Timing;
using Connet.Relay.Clients;
using Connet.Relay.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Connet.Relay.Forwarding;

/// <summary>
/// Finds a destination for a stream: the nearest first, the next at once when one fails, and the next in parallel when one is slow. The first
/// that answers gets the stream, the others are reset.
/// </summary>
internal sealed class DestinationDialer(RelayServerOptions options, TimeProvider clock, ILogger logger)
{
    /// <summary>Destinations that live and are slow are asked so many at once: each of them dials its service for every request.</summary>
    private const int MaxParallel = 3;

    /// <summary>Asks the destinations of an endpoint.</summary>
    /// <param name="request">The source's request, which is forwarded as it is.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="cancellationToken">The source is gone.</param>
    public async Task<DestinationAnswer> DialAsync(Request request, RelayEndpoint endpoint, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(options.DestinationTimeout, clock);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        List<DestinationAttempt> running = [];
        try
        {
            return await RaceAsync(request, endpoint, running, stop.Token).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (DestinationAttempt attempt in running)
            {
                _ = attempt.DiscardAsync();
            }
        }
    }

    private async Task<DestinationAnswer> RaceAsync(Request request, RelayEndpoint endpoint, List<DestinationAttempt> running, CancellationToken stop)
    {
        HashSet<RelayMember> tried = [];
        string? failure = null;
        long startedAt = 0;
        TimeSpan hedgeAfter = TimeSpan.Zero;
        while (true)
        {
            // Taken before the look, so that a destination that comes in between is not missed.
            Task changed = endpoint.Changed;
            RelayMember? next = Choose(endpoint, tried);
            if (running.Count == 0 && (next is null || stop.IsCancellationRequested))
            {
                // One whose connection has ended is not there: after a restart it comes back, and the source may wait for that. A refusal is an answer.
                return tried.All(member => member.Connection.IsClosed)
                    ? DestinationAnswer.Failed(ProtocolErrorCode.DestinationNotFound, $"The relay has no destination '{endpoint.Name}'.")
                    : DestinationAnswer.Failed(ProtocolErrorCode.DestinationDialFailed, $"No destination '{endpoint.Name}' could be reached: {failure}.");
            }

            TimeSpan untilHedge = running.Count == 0 ? TimeSpan.Zero : hedgeAfter - clock.GetElapsedTime(startedAt);
            if (untilHedge <= TimeSpan.Zero)
            {
                // The only one that was asked counts as silent too: the next stream may have a choice.
                running.ForEach(attempt => attempt.MarkUnanswered());
            }

            if (next is not null && untilHedge <= TimeSpan.Zero && !stop.IsCancellationRequested && running.Count(attempt => attempt.IsAlive) < MaxParallel)
            {
                tried.Add(next);
                running.Add(DestinationAttempt.Start(next, request, stop));
                startedAt = clock.GetTimestamp();
                hedgeAfter = HedgeAfter(next);
                continue;
            }

            DestinationAttempt? ended = await WaitAsync(running, changed, untilHedge).ConfigureAwait(false);
            if (ended is null)
            {
                continue;
            }

            running.Remove(ended);
            DestinationAnswer answer = await ended.Answer.ConfigureAwait(false);
            if (answer.Error is null)
            {
                return answer;
            }

            failure = answer.Error.Message;
            hedgeAfter = TimeSpan.Zero;
            RelayLog.DestinationFailed(logger, ended.Member.Connection.RemoteEndPoint, endpoint.Name, failure);
        }
    }

    /// <summary>Waits until an attempt has ended, the destinations have changed, or it is time for the next one.</summary>
    private async Task<DestinationAttempt?> WaitAsync(List<DestinationAttempt> running, Task changed, TimeSpan untilHedge)
    {
        using CancellationTokenSource timer = new();
        List<Task> tasks = [changed, .. running.Select(attempt => attempt.Answer)];
        if (untilHedge > TimeSpan.Zero)
        {
            tasks.Add(clock.PauseAsync(untilHedge, timer.Token));
        }

        await Task.WhenAny(tasks).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
        return running.FirstOrDefault(attempt => attempt.Answer.IsCompleted);
    }

    private static RelayMember? Choose(RelayEndpoint endpoint, HashSet<RelayMember> tried) =>
        endpoint.Destinations
            .Where(member => !tried.Contains(member) && !member.Connection.IsClosed)
            .Select(member => (Member: member, member.IsSilent, member.Connection.SmoothedRtt))
            .OrderBy(each => each.IsSilent)
            .ThenBy(each => each.SmoothedRtt)
            .Select(each => each.Member)
            .FirstOrDefault();

    private TimeSpan HedgeAfter(RelayMember member)
    {
        TimeSpan roundTrips = member.Connection.SmoothedRtt * 2;
        return roundTrips > options.HedgeDelay ? roundTrips : options.HedgeDelay;
    }
}
