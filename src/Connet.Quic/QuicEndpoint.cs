using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Connet.Quic.Core;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using Connet.Quic.Diagnostics;
using Connet.Quic.Io;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connet.Quic;

/// <summary>
/// Owns one UDP socket that listens and dials at once, and that sends and receives datagrams which are not QUIC: what NAT
/// traversal rests on. All members are thread safe.
/// </summary>
public sealed class QuicEndpoint : IAsyncDisposable
{
    private readonly EndpointDriver _driver;
    private readonly Channel<QuicEndpointDatagram> _datagrams;
    private readonly EndpointOwner _owner;

    private QuicEndpoint(QuicEndpointOptions options, IDatagramSocket socket)
    {
        ILogger logger = options.LoggerFactory?.CreateLogger(typeof(QuicEndpoint)) ?? NullLogger.Instance;
        if (options.OutgoingFilter is { } filter)
        {
            socket = new FilteredDatagramSocket(socket, remote => DelayOf(filter, remote, logger));
        }

        _datagrams = Channel.CreateBounded<QuicEndpointDatagram>(
            new BoundedChannelOptions(options.DatagramBacklog) { FullMode = BoundedChannelFullMode.DropOldest });
        LocalEndPoint = socket.LocalEndPoint;
        _owner = new EndpointOwner(this, options, logger, _datagrams.Writer);
        EndpointConfig config = new()
        {
            StatelessResetKey = options.StatelessResetKey?.ToArray() ?? RandomNumberGenerator.GetBytes(32),
            TokenKey = RandomNumberGenerator.GetBytes(32),
            AlwaysRetry = options.AlwaysRetry,
            RetryThreshold = options.RetryThreshold,
            MaxHandshakes = options.MaxIncomingHandshakes,
        };
        _driver = new EndpointDriver(socket, config, _owner);
        QuicLog.EndpointStarted(logger, LocalEndPoint, socket.Description, CryptoProvider.Default.Name);
        if (socket.Capabilities.BufferAdvice is { } advice)
        {
            QuicLog.SocketBuffersSmall(logger, advice);
        }
    }

    /// <summary>The address the socket is bound to, with the port that the system gave it.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Opens the socket and starts its thread.</summary>
    /// <param name="options">Address, limits and keys.</param>
    /// <returns>The running endpoint.</returns>
    /// <exception cref="QuicException">The socket could not be opened, as when the port is in use.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static QuicEndpoint Bind(QuicEndpointOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DatagramBacklog, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.RetryThreshold);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxIncomingHandshakes);
        if (options.StatelessResetKey is { Length: not 32 } key)
        {
            throw new ArgumentException($"StatelessResetKey must have 32 bytes, not {key.Length}.", nameof(options));
        }

        IDatagramSocket socket;
        try
        {
            socket = DatagramSocketFactory.Create(options.LocalEndPoint, socketBufferBytes: options.SocketBufferSize);
        }
        catch (SocketException exception)
        {
            throw new QuicException(QuicError.SocketError, exception.Message, innerException: exception);
        }

        QuicEndpoint endpoint = new(options, socket);
        endpoint._driver.Start();
        return endpoint;
    }

    /// <summary>Starts to accept connections for some application protocols.</summary>
    /// <param name="options">The protocols and how clients are answered.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="ArgumentException">An option is missing, or another listener of the endpoint has one of the protocols.</exception>
    /// <exception cref="ObjectDisposedException">The endpoint is disposed.</exception>
    public QuicListener Listen(QuicListenerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        RequireProtocols(options.ApplicationProtocols, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ListenBacklog, 1);
        if (options.ServerOptionsSelector is null && options.ServerOptions?.ServerCertificate is null)
        {
            throw new ArgumentException("A listener needs ServerOptions with a ServerCertificate, or a ServerOptionsSelector.", nameof(options));
        }

        options.ServerOptions?.ToConfig(CryptoProvider.Default);
        QuicListener listener = new(this, options);
        _owner.Add(listener);
        return listener;
    }

    /// <summary>Opens a connection from this endpoint's socket.</summary>
    /// <param name="options">Where to and how.</param>
    /// <param name="cancellationToken">Gives up; the half-made connection is closed.</param>
    /// <returns>The established connection.</returns>
    /// <exception cref="QuicException">The connection could not be established.</exception>
    /// <exception cref="ArgumentException">An option is missing or out of range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The endpoint is disposed.</exception>
    public async ValueTask<QuicConnection> ConnectAsync(QuicClientConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        IPEndPoint remote = options.RemoteEndPoint ?? throw new ArgumentException("RemoteEndPoint is required.", nameof(options));
        RequireProtocols(options.ApplicationProtocols, nameof(options));
        ConnectionConfig config = options.ToConfig(CryptoProvider.Default);
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_driver.IsDisposed, this);
        QuicCertificateValidation validation = options.CertificateValidation;
        string? host = options.TargetHost;
        byte[][] alpn = [.. options.ApplicationProtocols.Select(Encoding.UTF8.GetBytes)];
        ConnectionDriver driver = _driver.Connect(
            NetworkAddress.FromEndPoint(remote),
            config,
            encode => BouncyCastleTlsSession.CreateClient(new TlsClientOptions
            {
                Alpn = alpn,
                ServerName = host is null || IPAddress.TryParse(host, out _) ? null : host,
                Certificate = options.ClientCertificate?.Identity,
                TransportParameters = encode(config),
            }),
            async (chain, token) => ToDecision(await validation.ValidateAsync(chain, host, peerIsServer: true, token).ConfigureAwait(false)),
            owner: null);
        try
        {
            await driver.Handshake.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            driver.Close(0, "the client gave up");
            throw;
        }

        return driver.IsClosed ? throw CloseErrors.ToException(driver.CloseReason, remote) : new QuicConnection(driver, LocalEndPoint);
    }

    /// <summary>
    /// Sends a datagram that is not QUIC from the endpoint's socket. Datagrams inside a connection: <see cref="QuicConnection.SendDatagram"/>.
    /// </summary>
    /// <param name="data">Its bytes. An answer can be received only if its two highest bits are zero, which is how it is told from QUIC.</param>
    /// <param name="remoteEndPoint">Where to.</param>
    /// <returns>False if the system would not take it; like any datagram it may also be lost on the way.</returns>
    public bool SendDatagram(ReadOnlySpan<byte> data, IPEndPoint remoteEndPoint)
    {
        ArgumentNullException.ThrowIfNull(remoteEndPoint);
        return _driver.Socket.TrySend(NetworkAddress.FromEndPoint(remoteEndPoint), data, data.Length, ecn: 0, out _) == SendStatus.Sent;
    }

    /// <summary>
    /// Takes the next datagram that is not QUIC, waiting for one. Datagrams count as QUIC if one of the two highest bits is set. Those inside
    /// a connection: <see cref="QuicConnection.ReceiveDatagramAsync"/>.
    /// </summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>The datagram.</returns>
    /// <exception cref="QuicException">The endpoint was disposed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<QuicEndpointDatagram> ReceiveDatagramAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _datagrams.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new QuicException(QuicError.OperationAborted, $"The endpoint on {LocalEndPoint} was disposed.");
        }
    }

    /// <summary>The endpoint's state at this instant.</summary>
    /// <returns>A snapshot.</returns>
    public QuicEndpointStatistics GetStatistics() => new()
    {
        Connections = _driver.ConnectionCount,
        ConnectionIds = _driver.RoutedIdCount,
        Socket = _driver.Socket.Description,
        Crypto = CryptoProvider.Default.Name,
    };

    /// <summary>Closes all connections with a code, and the socket. A second call does nothing.</summary>
    /// <param name="errorCode">The application's code; 0 to 2^62 − 1.</param>
    /// <param name="reason">For the peers' logs.</param>
    /// <param name="cancellationToken">Cancels before it starts.</param>
    /// <returns>A task that completes when the socket is closed.</returns>
    public async ValueTask CloseAsync(long errorCode, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        QuicConnection.RequireErrorCode(errorCode);
        cancellationToken.ThrowIfCancellationRequested();
        await _driver.DisposeAsync(errorCode, reason).ConfigureAwait(false);
        _datagrams.Writer.TryComplete();
        foreach (QuicListener listener in _owner.TakeListeners())
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes all connections with code 0, and the socket.</summary>
    /// <returns>A task that completes when the socket is closed.</returns>
    public ValueTask DisposeAsync() => CloseAsync(0, string.Empty);

    /// <inheritdoc/>
    public override string ToString() => $"QUIC endpoint on {LocalEndPoint}";

    internal static CertificateDecision ToDecision(in CertificateVerdict verdict) => new(verdict.IsAccepted, verdict.Alert ?? 0, verdict.Reason);

    internal void Remove(QuicListener listener) => _owner.Remove(listener);

    private static TimeSpan? DelayOf(Func<IPEndPoint, QuicDatagramFate> filter, IPEndPoint remote, ILogger logger)
    {
        try
        {
            QuicDatagramFate fate = filter(remote);
            return fate.IsDropped ? null : fate.DelayTime;
        }
#pragma warning disable CA1031 // The filter is the application's; its fault must end neither a connection nor the socket thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            QuicLog.OutgoingFilterFailed(logger, remote, exception);
            return null;
        }
    }

    private static void RequireProtocols(IReadOnlyList<string> protocols, string name)
    {
        const int MaxAlpnBytes = 255;
        if (protocols.Count == 0)
        {
            throw new ArgumentException("ApplicationProtocols needs at least one protocol.", name);
        }

        foreach (string protocol in protocols)
        {
            if (Encoding.UTF8.GetByteCount(protocol) is 0 or > MaxAlpnBytes)
            {
                throw new ArgumentException($"An application protocol has 1 to {MaxAlpnBytes} bytes; '{protocol}' does not.", name);
            }
        }
    }
}
