using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Paths;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Wire;
using Path = Connet.Quic.Core.Paths.Path;

namespace Connet.Quic.Core;

/// <summary>
/// One QUIC connection as plain state (RFC 9000): datagrams and the time go in, datagrams, deadlines and events come out.
/// </summary>
/// <remarks>
/// <para>
/// After every input (<see cref="HandleDatagram"/>, <see cref="HandleTimeout"/>, <see cref="CompleteTlsJob"/> or any
/// application call) the driver pumps the outputs in this order until each is empty: <see cref="TryTakeTlsJob"/>,
/// <see cref="PollTransmit"/>, <see cref="PollEndpointEvent"/>, <see cref="PollEvent"/>, and then asks for the next
/// deadline with <see cref="PollTimeout"/>.
/// </para>
/// <para>Not thread safe: one thread at a time, under the driver's lock. Nothing a peer sends makes it throw.</para>
/// </remarks>
internal sealed partial class Connection : IDisposable
{
    /// <summary>The length of the connection IDs that we issue.</summary>
    public const int LocalIdLength = 8;

    private readonly bool _isClient;
    private readonly IRandomSource _random;
    private readonly PagePool _pages = new();
    private readonly PacketSpace[] _spaces;
    private readonly LossDetection _loss;
    private readonly AckResult _ackResult = new();
    private readonly SentFrameList _sent = new();
    private readonly LocalConnectionIds _localIds;
    private readonly PeerConnectionIds _peerIds;
    private readonly Handshake _handshake;
    private readonly Queue<ConnectionEvent> _events = new();
    private readonly Queue<EndpointEvent> _endpointEvents = new();
    private readonly ConnectionId _originalDestinationId;
    private readonly ConnectionId _localId;
    private readonly StatelessResetToken _localResetToken;

    private ConnectionConfig _config;
    private StreamMap _streams;
    private Path _path;
    private Path? _previousPath;
    private OneRttKeys? _oneRtt;
    private ConnectionId? _retrySourceId;
    private ConnectionStatistics _statistics;

    public Connection(ConnectionSetup setup, Timestamp now)
    {
        _isClient = setup.IsClient;
        _random = setup.Random;
        _config = setup.Config;
        _originalDestinationId = setup.OriginalDestinationId;
        _localId = setup.LocalId;
        _localResetToken = setup.LocalResetToken;
        _retrySourceId = setup.RetrySourceId;
        _spaces =
        [
            new PacketSpace(EncryptionLevel.Initial, _config, _pages),
            new PacketSpace(EncryptionLevel.Handshake, _config, _pages),
            new PacketSpace(EncryptionLevel.Application, _config, _pages),
        ];
        _streams = new StreamMap(!_isClient, _config.Streams, _pages);
        _datagramsOut = NewDatagramQueue();
        _datagramsIn = NewDatagramQueue();
        _path = CreatePath(setup.Remote);
        _loss = new LossDetection(!_isClient, _path.Congestion, _path.Rtt);
        _localIds = new LocalConnectionIds(setup.LocalId);
        _peerIds = new PeerConnectionIds(setup.PeerId, _config.ActiveConnectionIdLimit);
        if (_isClient || setup.AddressValidated)
        {
            // A client sends what it likes to the server that it chose; the limit is the server's.
            _path.AntiAmplification.MarkValidated();
        }

        ConnectionId initialId = _isClient ? setup.PeerId : setup.RetrySourceId ?? setup.OriginalDestinationId;
        _spaces[0].Keys = InitialSecrets.Derive(_config.Crypto, initialId, isServer: !_isClient);
        _handshake = new Handshake(setup.CreateTls(EncodeParameters), _isClient);
        _handshakeStarted = now;
        _lastReceived = now;
        _idleSince = now;
    }

    public ConnectionState State { get; private set; } = ConnectionState.Handshake;

    /// <summary>Why the connection ended; null while it lives.</summary>
    public ConnectionCloseReason? CloseReason { get; private set; }

    public bool IsClient => _isClient;

    /// <summary>What TLS has told so far: protocol, server name, the peer's certificates.</summary>
    public Handshake Handshake => _handshake;

    /// <summary>The address the peer is reached at now.</summary>
    public NetworkAddress Remote => _path.Remote;

    /// <summary>The streams: open, write, read, reset. Pump afterwards.</summary>
    public StreamMap Streams => _streams;

    /// <summary>How many bytes of unacknowledged data the streams may hold before writers wait: twice what the path carries.</summary>
    public int SendRoom => (int)Math.Min(Math.Max(2 * _path.Congestion.CongestionWindow, 128 * 1024), _config.Streams.MaxSendBuffer);

    public TimeSpan SmoothedRtt => _path.Rtt.Smoothed;

    public ConnectionStatistics Statistics => _statistics with
    {
        SmoothedRtt = _path.Rtt.Smoothed,
        MinimumRtt = _path.Rtt.Minimum,
        CongestionWindow = _path.Congestion.CongestionWindow,
        BytesInFlight = _loss.BytesInFlight,
        PacketsLost = _loss.PacketsLost,
        MaxDatagramSize = _path.Mtu.Current,
        KeyUpdates = _oneRtt?.UpdateCount ?? 0,
    };

    /// <summary>The next thing the application side has to know.</summary>
    public bool PollEvent(out ConnectionEvent connectionEvent)
    {
        if (_events.TryDequeue(out connectionEvent))
        {
            return true;
        }

        if (State == ConnectionState.Established && _datagramsArrived)
        {
            _datagramsArrived = false;
            connectionEvent = new ConnectionEvent(ConnectionEventKind.DatagramsArrived);
            return true;
        }

        if (State == ConnectionState.Established && _streams.TryDequeueEvent(out StreamEvent streamEvent))
        {
            connectionEvent = new ConnectionEvent(ConnectionEventKind.Stream, streamEvent);
            return true;
        }

        return false;
    }

    /// <summary>The next thing the endpoint has to do for this connection.</summary>
    public bool PollEndpointEvent(out EndpointEvent endpointEvent) => _endpointEvents.TryDequeue(out endpointEvent);

    /// <summary>Frees keys and buffers at once, without a word to the peer.</summary>
    public void Dispose()
    {
        State = ConnectionState.Drained;
        _handshake.Dispose();
        foreach (PacketSpace space in _spaces)
        {
            space.Discard();
        }

        _oneRtt?.Dispose();
        _oneRtt = null;
        _undecryptable.Clear();
        CloseData();
    }

    private PacketSpace Space(EncryptionLevel level) => _spaces[(int)level];

    private Path CreatePath(NetworkAddress remote) => new(remote, CreateCongestion(), _config.MaxDatagramSize);

    private ICongestionController CreateCongestion() =>
        _config.Congestion == CongestionAlgorithm.NewReno ? new NewReno(MtuDiscovery.BaseSize) : new Cubic(MtuDiscovery.BaseSize);
}
