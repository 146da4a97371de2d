using System.Collections.Concurrent;

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
    private readonly TimeSpan _period;
    private readonly PeriodicTimer _timer;
    private readonly Task _sweeping;

    /// <param name="context">The timeout, the number of flows, and the clock.</param>
    /// <param name="stopping">Ends all flows.</param>
    public IdleFlows(EndpointContext context, CancellationToken stopping)
    {
        _context = context;
        _stopping = stopping;
        _period = context.FlowIdleTimeout / 8;
        _period = _period < s_longestPeriod ? _period : s_longestPeriod;
        _timer = new PeriodicTimer(_period, context.TimeProvider);
        _sweeping = SweepAsync();
    }

    /// <summary>Begins a flow; disposal ends its being watched.</summary>
    public FlowActivity Begin()
    {
        FlowActivity flow = new(_context.TimeProvider, ended => _flows.TryRemove(ended, out _), _stopping);
        _flows[flow] = true;
        return flow;
    }

    /// <summary>Watches no more.</summary>
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _sweeping.ConfigureAwait(false);
    }

    private async Task SweepAsync()
    {
        while (await _timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false))
        {
            TimeSpan timeout = _context.FlowIdleTimeout;
            if (timeout > ShortTimeout && _flows.Count > _context.MaxConnections * 3L / 4)
            {
                timeout = ShortTimeout;
            }

            foreach ((FlowActivity flow, _) in _flows)
            {
                if (flow.IdleTime >= timeout)
                {
                    flow.End();
                }
            }
        }
    }
}
