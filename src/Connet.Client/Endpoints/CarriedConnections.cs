using Connet.Client.Diagnostics;
using Connet.Client.Endpoints.Sockets;
using Connet.Protocol.Forwarding;

namespace Connet.Client.Endpoints;

/// <summary>
/// The connections that one endpoint carries: never more than the limit, and ended in two steps. First no new ones, then, when
/// the time for shutdown is over, the open ones are aborted.
/// </summary>
internal sealed class CarriedConnections : IAsyncDisposable
{
    /// <summary>A plain close (protocol.md section 3): the program that ends has nothing to say.</summary>
    private const long PlainCode = 0;

    private readonly string _name;
    private readonly EndpointContext _context;
    private readonly SemaphoreSlim _slots;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private bool _full;
    private bool _disposed;

    public CarriedConnections(string name, EndpointContext context)
    {
        (_name, _context) = (name, context);
        _slots = new SemaphoreSlim(context.MaxConnections, context.MaxConnections);
    }

    /// <summary>Cancelled when nothing new may begin.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>How many are open.</summary>
    public int Count => Volatile.Read(ref _open);

    /// <summary>Waits until one more connection may be open. <see cref="Run"/> or <see cref="Release"/> gives the place back.</summary>
    public async ValueTask ReserveAsync()
    {
        bool full = _slots.CurrentCount == 0;
        if (full && !_full)
        {
            EndpointLog.Full(_context.Logger, _name, _context.MaxConnections);
        }

        _full = full;
        await _slots.WaitAsync(Stopping).ConfigureAwait(false);
    }

    /// <summary>Takes a place if there is one.</summary>
    public bool TryReserve() => _slots.Wait(0, CancellationToken.None);

    /// <summary>Gives an unused place back.</summary>
    public void Release() => _slots.Release();

    /// <summary>Serves one connection in the background, in a reserved place.</summary>
    /// <param name="serve">Serves it. What it throws is logged.</param>
    public void Run(Func<Task> serve)
    {
        lock (_lock)
        {
            _open++;
        }

        _ = Task.Run(() => ObserveAsync(serve));
    }

    /// <summary>Carries bytes both ways until both directions have ended. Neither side is disposed of.</summary>
    public async ValueTask CarryAsync(OuterChannel channel, ITunnel tunnel)
    {
        channel.Broken = () => tunnel.Abort(PlainCode);
        await DuplexForwarder.RunAsync(channel, tunnel, PlainCode, _aborting.Token).ConfigureAwait(false);
        channel.Broken = null;
    }

    /// <summary>Waits, when the tunnel is disposed of, until the outer side can be closed without taking away what was carried to it.</summary>
    public ValueTask FinishAsync(OuterChannel channel) => channel.LingerAsync(_context.TimeProvider, _aborting.Token);

    /// <summary>Nothing new begins from now on.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _stopping.Cancel();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _stopping.Cancel();
            _disposed = true;
            if (_open == 0)
            {
                _drained.TrySetResult();
            }
        }

        try
        {
            await _drained.Task.WaitAsync(_context.ShutdownTimeout, _context.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            EndpointLog.Aborted(_context.Logger, _name, _open);
            await _aborting.CancelAsync().ConfigureAwait(false);
            await _drained.Task.ConfigureAwait(false);
        }

        _stopping.Dispose();
        _aborting.Dispose();
        _slots.Dispose();
    }

    private async Task ObserveAsync(Func<Task> serve)
    {
        try
        {
            await serve().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A fault in one connection must not end the endpoint, and must not go unnoticed.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            EndpointLog.Faulted(_context.Logger, exception, _name);
        }

        _slots.Release();
        lock (_lock)
        {
            _open--;
            if (_disposed && _open == 0)
            {
                _drained.TrySetResult();
            }
        }
    }
}
