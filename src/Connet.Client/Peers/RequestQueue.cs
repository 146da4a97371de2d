using System.Threading.Channels;

namespace Connet.Client.Peers;

/// <summary>The connections that wait to be accepted by the application. Those beyond the limit are refused.</summary>
internal sealed class RequestQueue(string endpoint, int limit)
{
    private readonly Channel<ConnetConnectionRequest> _waiting = Channel.CreateBounded<ConnetConnectionRequest>(limit);

    /// <summary>Adds a request.</summary>
    /// <returns>False if too many wait, or nobody will accept any more.</returns>
    public bool TryAdd(ConnetConnectionRequest request) => _waiting.Writer.TryWrite(request);

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
