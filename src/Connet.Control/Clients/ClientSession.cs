using System.Collections.Concurrent;
using System.Net;
using Connet.Control.Diagnostics;
using Connet.Control.Sessions;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Control;
using Connet.Protocol.Naming;
using Connet.Protocol.Restrictions;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Control.Clients;

/// <summary>The connection of one client, from its first stream to its end.</summary>
internal sealed class ClientSession
{
    /// <summary>How long a client has to answer a PING while another connection from its socket address works.</summary>
    private static readonly TimeSpan s_probeTimeout = TimeSpan.FromSeconds(2);

    private readonly ServerContext _server;
    private readonly QuicConnection _connection;
    private readonly ProtocolGeneration _generation;
    private readonly TaskSet _streams = new();
    private readonly ConcurrentDictionary<Announcement, byte> _announcements = new();
    private int _endpointCount;
    private ITimer? _probe;
    private volatile bool _isGone;

    private ClientSession(ServerContext server, QuicConnection connection, ProtocolGeneration generation)
    {
        _server = server;
        _connection = connection;
        _generation = generation;
        PublicEndPoint = new IPEndPoint(IpText.Normalize(connection.RemoteEndPoint.Address), connection.RemoteEndPoint.Port);
    }

    /// <summary>The client's address when it connected, as it was told.</summary>
    public IPEndPoint PublicEndPoint { get; }

    /// <summary>The client's peer id.</summary>
    public string Id { get; private set; } = string.Empty;

    /// <summary>What the client says about itself, as its peers are told it.</summary>
    public string Metadata { get; private set; } = string.Empty;

    /// <summary>Orders the connections of one id.</summary>
    public long Sequence { get; private set; }

    /// <summary>What the client's token permits.</summary>
    public PeerChecks Checks { get; private set; } = null!;

    public ProtocolGeneration Generation => _generation;

    public ServerContext Server => _server;

    private string BuildVersion { get; set; } = string.Empty;

    private DateTimeOffset ConnectedAt { get; set; }

    /// <summary>Serves a connection until it ends.</summary>
    /// <param name="server">What the sessions share.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="authenticated">Called once the client is known.</param>
    /// <param name="stopping">The server's end.</param>
    public static async Task RunAsync(ServerContext server, QuicConnection connection, Func<bool> authenticated, CancellationToken stopping)
    {
        ProtocolGeneration generation = Alpn.GetGeneration(ConnectionKind.ControlClients, connection.NegotiatedApplicationProtocol);
        ClientSession session = new(server, connection, generation);
        AuthenticationExchange exchange = new(connection, generation, server);
        QuicStream? first = await exchange.RunAsync(
            AuthenticateReq.Parser, session.Authenticate, error => new AuthenticateResp { Error = error }, stopping).ConfigureAwait(false);
        if (first is null)
        {
            return;
        }

        session._streams.Add(FinishedStreams.DisposeAtEndAsync(first, stopping));
        if (!authenticated())
        {
            await connection.CloseAsync(ProtocolErrorCode.Unknown.ToCloseCode(), "The server has too many connections.", CancellationToken.None).ConfigureAwait(false);
            await session._streams.WhenEmptyAsync().ConfigureAwait(false);
            return;
        }

        await session.ServeAsync(stopping).ConfigureAwait(false);
    }

    /// <summary>Takes room for one more endpoint.</summary>
    /// <exception cref="ProtocolException">The connection announces as many as it may.</exception>
    public void Register(Announcement announcement)
    {
        if (Interlocked.Increment(ref _endpointCount) > _server.Limits.MaxEndpointsPerSession)
        {
            Interlocked.Decrement(ref _endpointCount);
            throw new ProtocolException(
                ProtocolErrorCode.AnnounceValidationFailed, $"One connection may announce {_server.Limits.MaxEndpointsPerSession} endpoints.");
        }

        _announcements.TryAdd(announcement, 0);
    }

    /// <summary>Gives the room of an endpoint back.</summary>
    public void Unregister(Announcement announcement)
    {
        if (_announcements.TryRemove(announcement, out _))
        {
            Interlocked.Decrement(ref _endpointCount);
        }
    }

    /// <summary>Whether an exception on a stream means that the connection is gone, and not the stream alone.</summary>
    public bool HasDied(QuicException exception) => exception.QuicError != QuicError.StreamAborted && _connection.IsClosed;

    /// <summary>
    /// Whether the client may come back after its connection ended. One that answered with a stateless reset has lost its state,
    /// and with it the token that would give it this id again: it is another process. So is one that was replaced at its address.
    /// </summary>
    public bool MayReturn => !_isGone && _connection.CloseException().QuicError != QuicError.StatelessReset;

    /// <summary>Finds out whether the client is still there, after a newer connection came from its socket address.</summary>
    /// <param name="newcomer">The id of the newer connection's client.</param>
    public void Probe(string newcomer)
    {
        long received = _connection.GetStatistics().PacketsReceived;
        _connection.Ping();
        ITimer timer = _server.Clock.CreateTimer(_ => EndIfSilent(received, newcomer), null, s_probeTimeout, Timeout.InfiniteTimeSpan);
        Interlocked.Exchange(ref _probe, timer)?.Dispose();
    }

    /// <summary>The session as operators see it.</summary>
    public ControlClientStatus GetStatus() => new(
        Id,
        Metadata,
        BuildVersion,
        new IPEndPoint(IpText.Normalize(_connection.RemoteEndPoint.Address), _connection.RemoteEndPoint.Port),
        ConnectedAt,
        [.. _announcements.Keys.Select(each => new ControlEndpointStatus(
            each.Key.Name, (ControlEndpointRole)each.Key.Role, each.Entry.DirectAddresses, each.Entry.Relays))]);

    private AuthenticateResp Authenticate(AuthenticateReq request)
    {
        TokenRestriction restriction = _server.ClientTokens.Find(request.Token)
            ?? throw new ProtocolException(ProtocolErrorCode.AuthenticationFailed, "The token is not known here.");
        if (restriction.CheckSession(PublicEndPoint.Address) is { } code)
        {
            throw new ProtocolException(code, "The token may not be used from this address.");
        }

        Id = _server.State.Clients.TryOpen(request.ReconnectToken.Span, out string? known) ? known : ServerNames.RandomName();
        Metadata = _server.CutMetadata(request.Metadata);
        BuildVersion = _server.CutMetadata(request.BuildVersion);
        Checks = new PeerChecks(restriction, _server.Limits);
        Sequence = _server.NextSequence();
        ConnectedAt = _server.Clock.GetUtcNow();
        return new AuthenticateResp
        {
            Public = AddressMessages.ToAddrPort(PublicEndPoint),
            ReconnectToken = ByteString.CopyFrom(_server.State.Clients.Create(Id)),
        };
    }

    private void EndIfSilent(long received, string newcomer)
    {
        if (_connection.IsClosed || _connection.GetStatistics().PacketsReceived != received)
        {
            return;
        }

        _isGone = newcomer != Id;
        ControlLog.ClientReplaced(_server.Logger, Id, PublicEndPoint);
        _ = _connection.CloseAsync(ProtocolErrorCode.Unknown.ToCloseCode(), "A newer connection has taken this address.", CancellationToken.None).AsTask();
    }

    private async Task ServeAsync(CancellationToken stopping)
    {
        ControlLog.ClientConnected(_server.Logger, Id, PublicEndPoint);
        _server.Clients.Add(this);
        try
        {
            while (true)
            {
                QuicStream stream = await _connection.AcceptInboundStreamAsync(stopping).ConfigureAwait(false);
                _streams.Add(ClientStream.RunAsync(this, stream, stopping));
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (QuicException exception)
        {
            ControlLog.ClientDisconnected(_server.Logger, Id, PublicEndPoint, exception.Message);
        }
        finally
        {
            await _streams.WhenEmptyAsync().ConfigureAwait(false);
            _server.Clients.Remove(this);
            Interlocked.Exchange(ref _probe, null)?.Dispose();
        }
    }
}
