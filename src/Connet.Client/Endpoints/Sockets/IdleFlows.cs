using System.Collections.Concurrent;
using Connet.Protocol.Timing;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>
/// Ends the flows that carry nothing: UDP itself knows no end. Where room for new ones becomes short, those go earlier that are likely to be over, as a
/// question and its answer are.
/// </summary>
internal sealed class IdleFlows : IAsyncDisposable
{
    /// <summary>What is enough while more than three quarters of the flows are open.</summary>
    public static readonly TimeSpan ShortTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_longestPeriod = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<FlowActivity, bool> _flows = [];
    private readonly EndpointContext _context;
    private readonly CancellationToken _stopping;
    private readonly Task _sweeping;

    /// <param name="context">The timeout, the number of flows, and the clock.</param>
    /// <param name="stopping">Ends all flows.</param>
    public IdleFlows(EndpointContext context, CancellationToken stopping)
    {
        _context = context;
        _stopping = stopping;
        _sweeping = SweepAsync();
    }

    /// <summary>Begins a flow. When the endpoint stops already, it has ended.</summary>
    public FlowActivity Begin()
    {
        FlowActivity flow = new(_context.TimeProvider, ended => _flows.TryRemove(ended, out _));
        _flows[flow] = true;
        if (_stopping.IsCancellationRequested)
        {
            // The last sweep may be over.
            flow.EndUnused();
        }

        return flow;
    }

    /// <summary>Completes after all flows were told to end.</summary>
    public async ValueTask DisposeAsync() => await _sweeping.ConfigureAwait(false);

    private async Task SweepAsync()
    {
        TimeSpan period = _context.FlowIdleTimeout / 8;
        period = period < s_longestPeriod ? period : s_longestPeriod;
        while (!_stopping.IsCancellationRequested)
        {
            await _context.TimeProvider.PauseAsync(period, _stopping).ConfigureAwait(false);
            TimeSpan timeout = _context.FlowIdleTimeout;
            if (timeout > ShortTimeout && _flows.Count > _context.MaxConnections * 3L / 4)
            {
                timeout = ShortTimeout;
            }

            foreach ((FlowActivity flow, _) in _flows)
            {
                if (flow.IdleTime >= timeout || _stopping.IsCancellationRequested)
                {
                    await flow.EndAsync().ConfigureAwait(false);
                }
            }
        }
    }
}
