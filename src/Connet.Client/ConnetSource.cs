using System.Net;
using Connet.Client.Control;
using Connet.Client.Diagnostics;
using Connet.Client.Peers;
using Connet.Protocol.Common;

namespace Connet.Client;

/// <summary>
/// Reaches the destinations of one endpoint name. Comes from <c>ConnetClient.AddSource</c>. All members are thread safe.
/// </summary>
public sealed class ConnetSource : IAsyncDisposable
{
    private readonly PeerEndpoint _endpoint;
    private readonly SourceDialer _dialer;
    private readonly Action<ConnetSource> _disposed;
    private int _isDisposed;

    internal ConnetSource(ConnetSourceOptions options, ConnetClientOptions clientOptions, Action<ConnetSource> disposed, Random? random = null)
    {
        Options = options;
        _disposed = disposed;
        _endpoint = new PeerEndpoint(options.Name, Role.Source, options.Route, options.RelayEncryptions, clientOptions, new NoInbound());
        _dialer = new SourceDialer(_endpoint, options, random ?? Random.Shared);
    }

    /// <summary>The endpoint's name.</summary>
    public string Name => Options.Name;

    /// <summary>Where connections are accepted for this source; null unless it has an <see cref="ConnetSourceOptions.Address"/> and has started.</summary>
    public EndPoint? LocalEndPoint { get; internal set; }

    internal ConnetSourceOptions Options { get; }

    internal IControlledEndpoint Controlled => _endpoint;

    /// <summary>Opens a connection to a destination.</summary>
    /// <remarks>
    /// The preferred path is tried first: direct before relayed, then the shorter round trip. A path that stays silent for two round trips,
    /// but at least 200 ms, does not hold the dial up: the next path is tried beside it, and the first answer wins. While there is no path,
    /// the dial waits for one, up to <see cref="ConnetSourceOptions.DialTimeout"/>, so that the restart of a destination is bridged; a name
    /// that no destination has had since this source started fails after 3 seconds in which the control server could have told of one.
    /// <para>
    /// With <see cref="ConnetSourceOptions.LoadBalancing"/> a destination is chosen first, and then the preferred path to it; its other paths are tried
    /// when nothing at all arrives on that one. <see cref="ConnetSourceOptions.Retry"/> says how far the dial goes on to further destinations: when the
    /// chosen one refuses or cannot be reached, when it stays silent as above, or when it lives but has not answered within a second.
    /// Otherwise the dial waits for the chosen one, up to <see cref="ConnetSourceOptions.DialTimeout"/>.
    /// </para>
    /// </remarks>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection; dispose it.</returns>
    /// <exception cref="Connet.Protocol.ProtocolException">
    /// No destination could be reached in time, or the destination refused; <see cref="Connet.Protocol.ProtocolException.Code"/> says which.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed, or its client has stopped.</exception>
    public ValueTask<ConnetConnection> DialAsync(CancellationToken cancellationToken = default) => _dialer.DialAsync(new ConnetDialOptions(), ConnetTraffic.Connections, cancellationToken);

    /// <summary>Opens a connection to a destination for a user of this program; see <see cref="DialAsync(CancellationToken)"/>.</summary>
    /// <param name="options">Whom it is for. Do not change them during the dial.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection; dispose it. Where the destination asks for the user's address, that is written already.</returns>
    /// <exception cref="Connet.Protocol.ProtocolException">
    /// No destination could be reached in time, or the destination refused; <see cref="Connet.Protocol.ProtocolException.Code"/> says which.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed, or its client has stopped.</exception>
    public ValueTask<ConnetConnection> DialAsync(ConnetDialOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return _dialer.DialAsync(options, ConnetTraffic.Connections, cancellationToken);
    }

    /// <summary>Opens a flow of datagrams to a destination that takes them; paths and destinations are chosen as for <see cref="DialAsync(CancellationToken)"/>.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The flow; dispose it.</returns>
    /// <exception cref="Connet.Protocol.ProtocolException">
    /// No destination could be reached in time, or the destination takes no datagrams; <see cref="Connet.Protocol.ProtocolException.Code"/> says which.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed, or its client has stopped.</exception>
    public async ValueTask<ConnetDatagramFlow> DialDatagramsAsync(CancellationToken cancellationToken = default) =>
        new(await _dialer.DialAsync(new ConnetDialOptions(), ConnetTraffic.Datagrams, cancellationToken).ConfigureAwait(false), _endpoint);

    /// <summary>Waits until there is a path to a destination.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>A task that completes when a dial has a path to try.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed, or its client has stopped.</exception>
    public ValueTask WaitForPathAsync(CancellationToken cancellationToken = default) => _endpoint.WaitForPathAsync(null, cancellationToken);

    /// <summary>Waits until there is a path of one kind to a destination.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>A task that completes when a dial has such a path to try.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed, or its client has stopped.</exception>
    public ValueTask WaitForPathAsync(ConnetPathKind kind, CancellationToken cancellationToken = default) =>
        _endpoint.WaitForPathAsync(kind, cancellationToken);

    /// <summary>The peers and paths at this instant.</summary>
    /// <returns>A snapshot.</returns>
    public ConnetEndpointStatus GetStatus() => _endpoint.GetStatus();

    /// <summary>Takes the source away: destinations are told, open connections may finish within <see cref="ConnetClientOptions.ShutdownTimeout"/>.</summary>
    /// <returns>A task that completes when all paths are closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _disposed(this);
        }

        await StopAsync(_endpoint.ClientOptions.ShutdownTimeout).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => $"source {Name}";

    internal void Start(PeerNetwork network)
    {
        if (ConnetEndpointOptionsValidator.WithoutEffect(Options) is { } idle)
        {
            PeerLog.SettingWithoutEffect(network.Context.Logger, ToString(), idle);
        }

        _endpoint.Start(network);
    }

    internal ValueTask StopAsync(TimeSpan deadline) => _endpoint.StopAsync(deadline);
}
