namespace Connet.Protocol.Encryption;

/// <summary>
/// Lets one operation at a time use a resource, and frees it exactly once: when the owner is disposed of, or when the operation
/// that was under way then ends. A pooled buffer or a key is never given back while somebody still works with it.
/// </summary>
internal sealed class SingleUse(Action free)
{
    private readonly Lock _lock = new();
    private bool _inUse;
    private bool _closed;

    /// <summary>Begins an operation.</summary>
    /// <exception cref="ObjectDisposedException">The owner was disposed of.</exception>
    /// <exception cref="InvalidOperationException">Another operation is under way.</exception>
    public void Enter(object owner)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, owner);
            if (_inUse)
            {
                throw new InvalidOperationException("Another operation of this direction of the stream is under way.");
            }

            _inUse = true;
        }
    }

    /// <summary>Ends the operation.</summary>
    public void Exit()
    {
        bool last;
        lock (_lock)
        {
            _inUse = false;
            last = _closed;
        }

        if (last)
        {
            free();
        }
    }

    /// <summary>Permits no further operation.</summary>
    public void Close()
    {
        bool last;
        lock (_lock)
        {
            last = !_inUse && !_closed;
            _closed = true;
        }

        if (last)
        {
            free();
        }
    }
}
