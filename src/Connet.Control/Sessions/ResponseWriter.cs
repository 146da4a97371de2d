using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Control.Sessions;

/// <summary>
/// The writing side of a stream on which the server pushes: each time something changed, the newest state. Nothing is queued while
/// the peer does not read, or while there was more than enough news in a short time.
/// </summary>
internal sealed class ResponseWriter(QuicStream stream, PushPace pace, TimeProvider clock)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? _last;

    /// <summary>Set it when there may be something new to send.</summary>
    public WakeSignal Changed { get; } = new();

    private bool IsEnding => _ended.Task.IsCompleted;

    /// <summary>Ends the stream after what is being written, with one more message or none.</summary>
    public void End(byte[]? last)
    {
        _last = last;
        _ended.TrySetResult();
        Changed.Set();
    }

    /// <summary>Writes until <see cref="End"/>.</summary>
    /// <param name="feed">What to write; null if there is nothing but the end.</param>
    /// <param name="cancellationToken">Ends it, perhaps inside a frame: the stream must be reset then.</param>
    /// <exception cref="QuicException">The peer does not want to read any more, or the connection has ended.</exception>
    public async Task RunAsync(IResponseFeed? feed, CancellationToken cancellationToken)
    {
        while (!IsEnding)
        {
            await Changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            while (feed is not null && await MayPushAsync(feed, cancellationToken).ConfigureAwait(false))
            {
                bool isSecond = feed.HasMore;
                if (feed.Next() is not { } frame)
                {
                    break;
                }

                if (!isSecond)
                {
                    pace.Take();
                }

                await stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
            }
        }

        if (feed is not null)
        {
            await feed.AcknowledgeableAsync(cancellationToken).ConfigureAwait(false);
        }

        await stream.WriteAsync(_last ?? [], completeWrites: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the next list may go.</summary>
    /// <returns>False if the stream is to end.</returns>
    private async ValueTask<bool> MayPushAsync(IResponseFeed feed, CancellationToken cancellationToken)
    {
        if (!feed.HasMore && pace.Wait is { Ticks: > 0 } wait)
        {
            await clock.WaitUpToAsync(_ended.Task, wait, cancellationToken).ConfigureAwait(false);
        }

        if (!IsEnding)
        {
            await feed.AcknowledgeableAsync(cancellationToken).ConfigureAwait(false);
        }

        return !IsEnding;
    }
}
