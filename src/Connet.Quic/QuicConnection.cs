using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Connet.Quic.Core.Wire;
using Connet.Quic.Io;

namespace Connet.Quic;

/// <summary>A QUIC connection (RFC 9000) with a completed, authenticated handshake. All members are thread safe.</summary>
public sealed partial class QuicConnection : IAsyncDisposable
{
    private readonly ConnectionDriver _driver;
    private readonly IPEndPoint _localEndPoint;

    internal QuicConnection(ConnectionDriver driver, IPEndPoint localEndPoint)
    {
        _driver = driver;
        _localEndPoint = localEndPoint;
        NegotiatedApplicationProtocol = Encoding.UTF8.GetString(driver.Core.Handshake.Alpn);
        TargetHostName = driver.Core.Handshake.ServerName;
        RemoteCertificateChain = [.. driver.Core.Handshake.PeerChain.Select(certificate => new ReadOnlyMemory<byte>(certificate))];
    }

    /// <summary>The peer's address. It changes when the peer's NAT gives it a new one.</summary>
    public IPEndPoint RemoteEndPoint => _driver.Core.Remote.ToEndPoint();

    /// <summary>The local address of the endpoint's socket.</summary>
    public IPEndPoint LocalEndPoint => _localEndPoint;

    /// <summary>The application protocol that both sides agreed on.</summary>
    public string NegotiatedApplicationProtocol { get; }

    /// <summary>The server name that the client asked for; null if it sent none.</summary>
    public string? TargetHostName { get; }

    /// <summary>The peer's certificates, DER exactly as they came, leaf first; empty if it showed none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> RemoteCertificateChain { get; }

    /// <summary>Whether this end opened the connection.</summary>
    public bool IsClient => _driver.Core.IsClient;

    /// <summary>The smoothed round-trip time (RFC 9002, section 5.3).</summary>
    public TimeSpan SmoothedRtt => GetStatistics().SmoothedRtt;

    /// <summary>
    /// How long ago the last packet from the peer came that was decrypted and no duplicate; packets anybody could have
    /// made do not count. Goes on growing once the connection has ended. Allocates nothing.
    /// </summary>
    public TimeSpan TimeSinceReceived => _driver.TimeSinceReceived;

    /// <summary>Completes when the connection has ended, for whatever reason. Never faults; see <see cref="CloseException"/>.</summary>
    public Task Closed => _driver.Closed;

    /// <summary>Whether the connection has ended.</summary>
    public bool IsClosed => _driver.IsClosed;

    /// <summary>The peer's leaf certificate; null if it showed none. Allocates; dispose it.</summary>
    /// <returns>A new object at each call.</returns>
    public X509Certificate2? GetRemoteCertificate() =>
        RemoteCertificateChain.Count == 0 ? null : X509CertificateLoader.LoadCertificate(RemoteCertificateChain[0].Span);

    /// <summary>Opens a connection from an endpoint of its own, which is disposed with the connection.</summary>
    /// <param name="options">Where to and how.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The established connection.</returns>
    /// <exception cref="QuicException">The connection could not be established.</exception>
    /// <exception cref="ArgumentException">An option is missing or out of range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<QuicConnection> ConnectAsync(QuicClientConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions());
        try
        {
            QuicConnection connection = await endpoint.ConnectAsync(options, cancellationToken).ConfigureAwait(false);
            connection.OwnedEndpoint = endpoint;
            return connection;
        }
        catch
        {
            await endpoint.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a stream, waiting until the peer allows one more if it must. The peer learns of it with the first byte written.</summary>
    /// <param name="type">The directions.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="QuicException">The connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<QuicStream> OpenOutboundStreamAsync(QuicStreamType type, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        StreamDriver? stream = await _driver.OpenStreamAsync(type == QuicStreamType.Unidirectional, cancellationToken).ConfigureAwait(false);
        return stream is null ? throw CloseException() : new QuicStream(this, stream);
    }

    /// <summary>Opens a stream if the peer allows one right now.</summary>
    /// <param name="type">The directions.</param>
    /// <returns>The stream, or null: the peer's limit is reached, or the connection has ended.</returns>
    public QuicStream? TryOpenOutboundStream(QuicStreamType type)
    {
        StreamDriver? stream = _driver.TryOpenStream(type == QuicStreamType.Unidirectional);
        return stream is null ? null : new QuicStream(this, stream);
    }

    /// <summary>Takes the next stream that the peer opened, of either type, waiting for one.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="QuicException">The connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<QuicStream> AcceptInboundStreamAsync(CancellationToken cancellationToken = default)
    {
        while (!IsClosed && await _driver.WaitForInboundStreamAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_driver.TryTakeInboundStream() is { } stream)
            {
                return new QuicStream(this, stream);
            }
        }

        throw CloseException();
    }

    /// <summary>Closes the connection: streams end at once, the peer learns code and reason. Waits for nobody. A second call does nothing.</summary>
    /// <param name="errorCode">The application's code; 0 to 2^62 − 1.</param>
    /// <param name="reason">For the peer's log; cut to 256 bytes.</param>
    /// <param name="cancellationToken">Cancels before it starts.</param>
    /// <returns>A task that completes when the closing packet is on its way.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The code is out of range.</exception>
    public ValueTask CloseAsync(long errorCode, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        RequireErrorCode(errorCode);
        cancellationToken.ThrowIfCancellationRequested();
        _driver.Close(errorCode, reason);
        return ValueTask.CompletedTask;
    }

    /// <summary>Closes the connection without a reason.</summary>
    /// <param name="errorCode">The application's code; 0 to 2^62 − 1.</param>
    /// <param name="cancellationToken">Cancels before it starts.</param>
    /// <returns>A task that completes when the closing packet is on its way.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The code is out of range.</exception>
    public ValueTask CloseAsync(long errorCode, CancellationToken cancellationToken = default) => CloseAsync(errorCode, string.Empty, cancellationToken);

    /// <summary>
    /// Sends a PING now, to keep the path open or to find out whether the peer is still there. It is large enough for a peer
    /// that lost its state to answer with a stateless reset, which ends the connection.
    /// </summary>
    public void Ping() => _driver.Do(static core => core.Ping());

    /// <summary>Counters and estimates at this instant.</summary>
    /// <returns>A snapshot.</returns>
    public QuicConnectionStatistics GetStatistics()
    {
        Core.ConnectionStatistics s = _driver.GetStatistics();
        return new QuicConnectionStatistics
        {
            SmoothedRtt = s.SmoothedRtt,
            MinimumRtt = s.MinimumRtt,
            BytesSent = s.BytesSent,
            BytesReceived = s.BytesReceived,
            DatagramsSent = s.DatagramsSent,
            DatagramsReceived = s.DatagramsReceived,
            PacketsSent = s.PacketsSent,
            PacketsReceived = s.PacketsReceived,
            PacketsLost = s.PacketsLost,
            PacketsDropped = s.PacketsDropped,
            CongestionWindow = s.CongestionWindow,
            BytesInFlight = s.BytesInFlight,
            MaxDatagramSize = s.MaxDatagramSize,
            KeyUpdates = s.KeyUpdates,
            DatagramFramesSent = s.DatagramFramesSent,
            DatagramFramesReceived = s.DatagramFramesReceived,
            DatagramFramesDropped = s.DatagramFramesDropped,
            DatagramFramesLost = s.DatagramFramesLost,
            TimeSinceReceived = TimeSinceReceived,
        };
    }

    /// <summary>Why the connection ended, as operations on it report it.</summary>
    /// <returns>A new exception; while the connection lives, one that says nothing useful.</returns>
    public QuicException CloseException() => CloseErrors.ToException(_driver.CloseReason, RemoteEndPoint);

    /// <summary>Closes the connection with code 0 if it is open.</summary>
    /// <returns>A task that completes when the closing packet is on its way.</returns>
    public async ValueTask DisposeAsync()
    {
        _driver.Close(0, string.Empty);
        if (OwnedEndpoint is { } endpoint)
        {
            await endpoint.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"QUIC connection {(IsClient ? "to" : "from")} {RemoteEndPoint} ({NegotiatedApplicationProtocol})";

    internal QuicEndpoint? OwnedEndpoint { get; set; }

    internal ConnectionDriver Driver => _driver;

    internal static void RequireErrorCode(long errorCode)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(errorCode);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(errorCode, VarInt.MaxValue);
    }
}
