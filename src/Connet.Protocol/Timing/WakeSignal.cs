using System.Threading.Channels;

namespace Connet.Protocol.Timing;

/// <summary>
/// Tells one waiting reader that something changed. However often it is set before the reader comes, the reader wakes once: a slow
/// one gets the newest state, never a queue of states.
/// </summary>
internal sealed class WakeSignal
{
    private readonly Channel<byte> _channel =
        Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private int _count;

    /// <summary>How often the signal was set.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Wakes the reader, now or when it comes next. Does not block and runs no code of the reader.</summary>
    public void Set()
    {
        Interlocked.Increment(ref _count);
        _channel.Writer.TryWrite(0);
    }

    /// <summary>Waits until the signal is set, and clears it.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) =>
        await _channel.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
}
