using System.Collections.Concurrent;
using System.Net;
using Connet.Control.Auth;
using Connet.Control.Diagnostics;
using Connet.Control.Ingresses;
using Connet.Control.Sessions;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Control;
using Connet.Protocol.Naming;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Control.Clients;

/// <summary>The connection of one client, from its first stream to its end.</summary>
internal sealed class ClientSession
{
    /// <summary>How long a client has to answer a PING while another connection from its socket address works.</summary>
    private static readonly TimeSpan s_probeTimeout = TimeSpan.FromSeconds(2);

    private readonly ServerContext _server;
    private readonly Ingress _ingress;
    private readonly QuicConnection _connection;
    private readonly ProtocolGeneration _generation;
    private readonly TaskSet _streams = new();
    private readonly ConcurrentDictionary<Announcement, byte> _announcements = new();
    private readonly ConcurrentDictionary<ClientStream, byte> _serving = new();
    private readonly Lock _checking = new();
    private AccessRules _rules = null!;
    private TokenGrant _grant = null!;
    private int _endpointCount;
    private long _announcedBytes;
    private ITimer? _probe;
    private volatile bool _isGone;
    private volatile bool _isDenied;

    private ClientSession(ServerContext server, Ingress ingress, QuicConnection connection, ProtocolGeneration generation)
    {
        _server = server;
        _ingress = ingress;
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

    /// <summary>What the client's token permits, by the rules as they are now.</summary>
    public PeerChecks Checks { get; private set; } = null!;

    /// <summary>Tells the client's token from others.</summary>
    public string TokenTag => _grant.Tag;

    public ProtocolGeneration Generation => _generation;

    public ServerContext Server => _server;

    private string BuildVersion { get; set; } = string.Empty;

    private DateTimeOffset ConnectedAt { get; set; }

    /// <summary>Serves a connection until it ends.</summary>
    /// <param name="server">What the sessions share.</param>
    /// <param name="ingress">Where it came in.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="authenticated">Called once the client is known.</param>
    /// <param name="stopping">The server's end.</param>
    public static async Task RunAsync(
        ServerContext server, Ingress ingress, QuicConnection connection, Func<bool> authenticated, CancellationToken stopping)
    {
        ProtocolGeneration generation = Alpn.GetGeneration(ConnectionKind.ControlClients, connection.NegotiatedApplicationProtocol);
        ClientSession session = new(server, ingress, connection, generation);
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
    /// <exception cref="ProtocolException">The connection announces as many as it may, or as much.</exception>
    public void Register(Announcement announcement)
    {
        if (Interlocked.Increment(ref _endpointCount) > _server.Limits.MaxEndpointsPerSession)
        {
            Interlocked.Decrement(ref _endpointCount);
            throw new ProtocolException(
                ProtocolErrorCode.AnnounceValidationFailed, $"One connection may announce {_server.Limits.MaxEndpointsPerSession} endpoints.");
        }

        try
        {
            TakeBytes(announcement.Size);
        }
        catch
        {
            Interlocked.Decrement(ref _endpointCount);
            throw;
        }

        _announcements.TryAdd(announcement, 0);
    }

    /// <summary>Changes what an endpoint of the connection announces.</summary>
    /// <exception cref="ProtocolException">The connection announces as much as it may.</exception>
    public void Update(Announcement announcement, PeerEntry entry)
    {
        // An announcement changes on its own stream alone, so that what was taken for it is what is given back at its end.
        TakeBytes(entry.Encoded.Length - announcement.Entry.Encoded.Length);
        _server.Endpoints.Update(announcement, entry);
    }

    /// <summary>Gives the room of an endpoint back.</summary>
    public void Unregister(Announcement announcement)
    {
        if (_announcements.TryRemove(announcement, out _))
        {
            Interlocked.Decrement(ref _endpointCount);
            GiveBytes(announcement.Size);
        }
    }

    /// <summary>A stream with an endpoint begins. By the rules as they are after this call, it is looked at at each change of them.</summary>
    public void Begin(ClientStream stream)
    {
        _serving.TryAdd(stream, 0);
        stream.Recheck(Checks);
    }

    /// <summary>A stream is over.</summary>
    public void End(ClientStream stream) => _serving.TryRemove(stream, out _);

    /// <summary>Applies the rules as they are now: closes the connection or ends streams where they are not permitted any more.</summary>
    public async Task RecheckAsync()
    {
        ProtocolException? refusal;
        lock (_checking)
        {
            refusal = Judge(_server.Rules, rules => rules.ClientTokens.Find(_grant));
        }

        if (refusal is not null)
        {
            _isDenied = true;
            ControlLog.SessionDenied(_server.Logger, "client", Id, PublicEndPoint, refusal.Code, refusal.Message);
            await _connection.CloseAsync(refusal.Code.ToCloseCode(), refusal.Message, CancellationToken.None).ConfigureAwait(false);
            return;
        }

        foreach (ClientStream stream in _serving.Keys)
        {
            stream.Recheck(Checks);
        }
    }

    /// <summary>Whether an exception on a stream means that the connection is gone, and not the stream alone.</summary>
    public bool HasDied(QuicException exception) => exception.QuicError != QuicError.StreamAborted && _connection.IsClosed;

    /// <summary>
    /// Whether the client may come back after its connection ended. One that answered with a stateless reset has lost its state,
    /// and with it the token that would give it this id again: it is another process. So is one that was replaced at its address. One that
    /// is not permitted any more will not be let in again.
    /// </summary>
    public bool MayReturn => !_isGone && !_isDenied && _connection.CloseException().QuicError != QuicError.StatelessReset;

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
    public ControlClientStatus GetStatus() => new()
    {
        Id = Id,
        Metadata = Metadata,
        BuildVersion = BuildVersion,
        RemoteEndPoint = new IPEndPoint(IpText.Normalize(_connection.RemoteEndPoint.Address), _connection.RemoteEndPoint.Port),
        ConnectedAt = ConnectedAt,
        RoundTripTime = _connection.SmoothedRtt,
        Endpoints = [.. _announcements.Keys.Select(each => each.GetStatus())],
    };

    private AuthenticateResp Authenticate(AuthenticateReq request)
    {
        if (Judge(_server.Rules, rules => rules.ClientTokens.Find(request.Token)) is { } refusal)
        {
            throw refusal;
        }

        Id = _server.State.Clients.TryOpen(request.ReconnectToken.Span, out string? known) ? known : ServerNames.RandomName();
        Metadata = _server.CutMetadata(request.Metadata);
        BuildVersion = _server.CutMetadata(request.BuildVersion);
        Sequence = _server.NextSequence();
        ConnectedAt = _server.Clock.GetUtcNow();
        return new AuthenticateResp
        {
            Public = AddressMessages.ToAddrPort(PublicEndPoint),
            ReconnectToken = ByteString.CopyFrom(_server.State.Clients.Create(Id)),
        };
    }

    /// <summary>Checks the connection in the order of the protocol: its address at the ingress, its token, its address for the token.</summary>
    /// <returns>Why it is refused, null if it is permitted.</returns>
    private ProtocolException? Judge(AccessRules rules, Func<AccessRules, TokenGrant?> find)
    {
        if (!_ingress.IsAllowed(PublicEndPoint.Address))
        {
            return new ProtocolException(ProtocolErrorCode.AuthenticationFailed, "Connections from this address are not permitted.");
        }

        if (find(rules) is not { } grant)
        {
            return new ProtocolException(ProtocolErrorCode.AuthenticationFailed, "The token is not known here.");
        }

        if (grant.Restriction.CheckSession(PublicEndPoint.Address) is { } code)
        {
            return new ProtocolException(code, "The token may not be used from this address.");
        }

        (_rules, _grant, Checks) = (rules, grant, new PeerChecks(grant.Restriction, _server.Limits));
        return null;
    }

    private void TakeBytes(int count)
    {
        if (Interlocked.Add(ref _announcedBytes, count) > _server.Limits.MaxAnnouncedBytesPerSession && count > 0)
        {
            GiveBytes(count);
            throw new ProtocolException(
                ProtocolErrorCode.AnnounceValidationFailed,
                $"What one connection announces may take {_server.Limits.MaxAnnouncedBytesPerSession} bytes together: announce fewer endpoints, or fewer addresses.");
        }
    }

    private void GiveBytes(int count) => Interlocked.Add(ref _announcedBytes, -count);

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
            if (_server.Rules != _rules)
            {
                await RecheckAsync().ConfigureAwait(false);
            }

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
