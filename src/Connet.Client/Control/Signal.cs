using System.Threading.Channels;

namespace Connet.Client.Control;

/// <summary>Says that something changed; changes that nobody has looked at yet count once. For one waiting reader.</summary>
internal sealed class Signal
{
    private readonly Channel<bool> _pending = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true, AllowSynchronousContinuations = false });

    /// <summary>Something changed.</summary>
    public void Set() => _pending.Writer.TryWrite(true);

    /// <summary>Waits for the next change, or takes one that is waiting.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) => await _pending.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
}
