using System.Threading.Channels;

namespace Connet.Client.Peers;

/// <summary>
/// The connections that wait to be accepted by the application. Those beyond the limit wait for room, for a time: they come in bursts, which
/// may be larger than the limit and yet be accepted in a moment.
/// </summary>
internal sealed class RequestQueue(string endpoint, int limit)
{
    private readonly Channel<ConnetConnectionRequest> _waiting = Channel.CreateBounded<ConnetConnectionRequest>(limit);

    /// <summary>Adds a request, waiting for room.</summary>
    /// <param name="request">The request.</param>
    /// <param name="patience">How long to wait at most.</param>
    /// <param name="clock">Measures the time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if there was no room in time, or nobody will accept any more.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<bool> TryAddAsync(ConnetConnectionRequest request, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (_waiting.Writer.TryWrite(request))
        {
            return true;
        }

        using CancellationTokenSource tooLate = new(patience, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            await _waiting.Writer.WriteAsync(request, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Takes the oldest request, waiting for one.</summary>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public async ValueTask<ConnetConnectionRequest> TakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _waiting.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException($"destination {endpoint}", $"The destination '{endpoint}' has stopped: it accepts no more connections.");
        }
    }

    /// <summary>Takes nothing more; what waits is refused.</summary>
    public async ValueTask CloseAsync()
    {
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out ConnetConnectionRequest? request))
        {
            await request.DisposeAsync().ConfigureAwait(false);
        }
    }
}
