using Connet.AspNetCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Connet.AspNetCore.Transport;

/// <summary>Places for open connections: whoever accepts waits for one first.</summary>
internal sealed class ConnectionSlots(string name, int limit, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _free = new(limit, limit);
    private bool _isFull;

    /// <summary>Waits for a place. One call at a time.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask ReserveAsync(CancellationToken cancellationToken)
    {
        bool isFull = _free.CurrentCount == 0;
        if (isFull && !_isFull)
        {
            AspNetCoreLog.Full(logger, name, limit);
        }

        _isFull = isFull;
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives a place back; may come after disposal.</summary>
    public void Release()
    {
        try
        {
            _free.Release();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    public void Dispose() => _free.Dispose();
}
