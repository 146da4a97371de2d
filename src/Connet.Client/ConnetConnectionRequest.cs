using Connet.Client.Peers;

namespace Connet.Client;

/// <summary>A connection, or a flow of datagrams, that a source has asked for, and that nobody has answered yet. Answer it once.</summary>
public sealed class ConnetConnectionRequest : IAsyncDisposable
{
    private readonly InboundRequest _request;
    private int _isAnswered;

    internal ConnetConnectionRequest(InboundRequest request) => _request = request;

    /// <summary>How the bytes will travel.</summary>
    public ConnetPathKind PathKind => _request.Path.Kind;

    /// <summary>Whether the bytes will be readable to nobody but the two clients.</summary>
    public bool IsEncrypted => _request.IsEncrypted;

    /// <summary>The source's client, as the control server names it; null where it is not known.</summary>
    public string? PeerId => _request.PeerId;

    /// <summary>What the source has asked for, which is what its destination takes (<see cref="ConnetDestinationOptions.Traffic"/>).</summary>
    public ConnetTraffic Traffic => _request.Traffic;

    /// <summary>Accepts: the source is told that the connection stands.</summary>
    /// <param name="cancellationToken">Gives up; the request is then lost.</param>
    /// <returns>The connection; dispose it.</returns>
    /// <exception cref="ConnetConnectionException">The source has given up, or the path was lost.</exception>
    /// <exception cref="InvalidOperationException">The request was answered already, or it is for datagrams.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<ConnetConnection> AcceptAsync(CancellationToken cancellationToken = default)
    {
        Answer(ConnetTraffic.Connections);
        return await _request.AcceptAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Accepts: the source is told that the flow of datagrams stands.</summary>
    /// <param name="cancellationToken">Gives up; the request is then lost.</param>
    /// <returns>The flow; dispose it.</returns>
    /// <exception cref="ConnetConnectionException">The source has given up, or the path was lost.</exception>
    /// <exception cref="InvalidOperationException">The request was answered already, or it is for a connection.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<ConnetDatagramFlow> AcceptDatagramsAsync(CancellationToken cancellationToken = default)
    {
        Answer(ConnetTraffic.Datagrams);
        return await _request.AcceptDatagramsAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refuses: the source is told that its destination could not be reached (<see cref="Connet.Protocol.ProtocolErrorCode.DestinationDialFailed"/>).</summary>
    /// <param name="reason">One sentence for the source; it is shown to its users.</param>
    /// <param name="cancellationToken">Gives up; the source then sees a reset.</param>
    /// <returns>A task that completes when the answer is on its way. A source that is gone is no error.</returns>
    /// <exception cref="InvalidOperationException">The request was answered already.</exception>
    public async ValueTask RefuseAsync(string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        Answer(Traffic);
        await _request.RefuseAsync(reason, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refuses, if the request was not answered yet.</summary>
    /// <returns>A task that completes when the answer is on its way.</returns>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isAnswered, 1) == 0
        ? _request.RefuseAsync("The destination did not take the connection.", CancellationToken.None)
        : ValueTask.CompletedTask;

    private void Answer(ConnetTraffic traffic)
    {
        if (traffic != Traffic)
        {
            throw new InvalidOperationException($"This request is for {Traffic}: accept it as that.");
        }

        if (Interlocked.Exchange(ref _isAnswered, 1) != 0)
        {
            throw new InvalidOperationException("This request was answered already.");
        }
    }
}
