using System.Net;
using System.Threading.Channels;

namespace Connet.Quic;

/// <summary>Takes the incoming connections of an endpoint for certain application protocols. Thread safe.</summary>
public sealed class QuicListener : IAsyncDisposable
{
    private readonly QuicEndpoint _endpoint;
    private readonly Channel<QuicConnection> _accepted;

    internal QuicListener(QuicEndpoint endpoint, QuicListenerOptions options)
    {
        _endpoint = endpoint;
        Options = options;
        _accepted = Channel.CreateBounded<QuicConnection>(options.ListenBacklog);
    }

    /// <summary>The local address of the endpoint's socket.</summary>
    public IPEndPoint LocalEndPoint => _endpoint.LocalEndPoint;

    /// <summary>The application protocols accepted, the preferred one first.</summary>
    public IReadOnlyList<string> ApplicationProtocols => Options.ApplicationProtocols;

    internal QuicListenerOptions Options { get; }

    /// <summary>Takes the next connection whose handshake is complete, waiting for one.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="QuicException">The listener or its endpoint was disposed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<QuicConnection> AcceptConnectionAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _accepted.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new QuicException(QuicError.OperationAborted, $"The listener on {LocalEndPoint} was disposed.");
        }
    }

    /// <summary>Stops accepting. Connections that nobody took are closed; those taken go on.</summary>
    /// <returns>A task that completes when it is done.</returns>
    public async ValueTask DisposeAsync()
    {
        _endpoint.Remove(this);
        _accepted.Writer.TryComplete();
        while (_accepted.Reader.TryRead(out QuicConnection? connection))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"QUIC listener on {LocalEndPoint} ({string.Join(", ", ApplicationProtocols)})";

    internal bool TryEnqueue(QuicConnection connection) => _accepted.Writer.TryWrite(connection);
}
