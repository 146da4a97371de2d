using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Connet.AspNetCore.Transport;

/// <summary>Accepts from another listener as long as there are places; what waits meanwhile waits in the system's queue.</summary>
internal sealed class BoundedListener(IConnectionListener inner, ConnectionSlots slots) : IConnectionListener
{
    private readonly CancellationTokenSource _stopping = new();

    public EndPoint EndPoint => inner.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, cancellationToken);
        try
        {
            await slots.ReserveAsync(waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }

        ConnectionContext? connection = await inner.AcceptAsync(cancellationToken).ConfigureAwait(false);
        connection?.ConnectionClosed.UnsafeRegister(static state => ((ConnectionSlots)state!).Release(), slots);
        return connection;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await inner.UnbindAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await inner.DisposeAsync().ConfigureAwait(false);
        slots.Dispose();
    }
}
