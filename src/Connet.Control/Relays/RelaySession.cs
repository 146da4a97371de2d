using System.Net;
using Connet.Control.Auth;
using Connet.Control.Diagnostics;
using Connet.Control.Ingresses;
using Connet.Control.Sessions;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.ControlRelays;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Protocol.Naming;
using Connet.Protocol.Seals;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Control.Relays;

/// <summary>The connection of one relay, from its first stream to its end.</summary>
internal sealed class RelaySession
{
    private readonly ServerContext _server;
    private readonly Ingress _ingress;
    private readonly QuicConnection _connection;
    private readonly IPEndPoint _remote;
    private readonly Lock _checking = new();
    private AccessRules _rules = null!;
    private TokenGrant _grant = null!;
    private RelayEntry? _entry;

    private RelaySession(ServerContext server, Ingress ingress, QuicConnection connection)
    {
        _server = server;
        _ingress = ingress;
        _connection = connection;
        _remote = new IPEndPoint(IpText.Normalize(connection.RemoteEndPoint.Address), connection.RemoteEndPoint.Port);
    }

    /// <summary>Serves a connection until it ends.</summary>
    /// <param name="server">What the sessions share.</param>
    /// <param name="ingress">Where it came in.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="authenticated">Called once the relay is known; false if there are too many.</param>
    /// <param name="stopping">The server's end.</param>
    public static async Task RunAsync(
        ServerContext server, Ingress ingress, QuicConnection connection, Func<bool> authenticated, CancellationToken stopping)
    {
        ProtocolGeneration generation = Alpn.GetGeneration(ConnectionKind.ControlRelays, connection.NegotiatedApplicationProtocol);
        RelaySession session = new(server, ingress, connection);
        AuthenticationExchange exchange = new(connection, generation, server);
        try
        {
            QuicStream? first = await exchange.RunAsync(
                AuthenticateReq.Parser, session.Authenticate, error => new AuthenticateResp { Error = error }, stopping).ConfigureAwait(false);
            if (first is null || session._entry is not { } entry)
            {
                return;
            }

            Task drained = FinishedStreams.DisposeAtEndAsync(first, stopping);
            if (authenticated())
            {
                await session.ServeAsync(entry, stopping).ConfigureAwait(false);
            }
            else
            {
                await connection.CloseAsync(ProtocolErrorCode.Unknown.ToCloseCode(), "The server has too many connections.", CancellationToken.None).ConfigureAwait(false);
            }

            await drained.ConfigureAwait(false);
        }
        finally
        {
            server.RelaySessions.TryRemove(session, out _);
            if (session._entry is { } entry)
            {
                server.Relays.Remove(entry);
            }
        }
    }

    /// <summary>Applies the rules as they are now: closes the connection if it is not permitted any more.</summary>
    public async Task RecheckAsync()
    {
        ProtocolException? refusal;
        lock (_checking)
        {
            refusal = Judge(_server.Rules, rules => rules.RelayTokens.Find(_grant));
        }

        if (refusal is not null)
        {
            ControlLog.SessionDenied(_server.Logger, "relay", _entry!.Id, _remote, refusal.Code, refusal.Message);

            // At once: clients must not be sent to it any more.
            _server.Relays.Remove(_entry);
            await _connection.CloseAsync(refusal.Code.ToCloseCode(), refusal.Message, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Checks the connection in the order of the protocol: its address at the ingress, its token, its address for the token.</summary>
    /// <returns>Why it is refused, null if it is permitted.</returns>
    private ProtocolException? Judge(AccessRules rules, Func<AccessRules, TokenGrant?> find)
    {
        if (!_ingress.IsAllowed(_remote.Address))
        {
            return new ProtocolException(ProtocolErrorCode.AuthenticationFailed, "Connections from this address are not permitted.");
        }

        if (find(rules) is not { } grant)
        {
            return new ProtocolException(ProtocolErrorCode.AuthenticationFailed, "The token is not known here.");
        }

        if (grant.Restriction.CheckSession(_remote.Address) is { } code)
        {
            return new ProtocolException(code, "The token may not be used from this address.");
        }

        (_rules, _grant) = (rules, grant);
        return null;
    }

    private AuthenticateResp Authenticate(AuthenticateReq request)
    {
        if (Judge(_server.Rules, rules => rules.RelayTokens.Find(request.Token)) is { } refusal)
        {
            throw refusal;
        }

        if (!CertificateInfo.TryRead(request.ServerCertificate.Span, out CertificateInfo? certificate))
        {
            throw new ProtocolException(ProtocolErrorCode.RelayInvalidCertificate, "The server certificate of the relay cannot be read.");
        }

        HostPort[] addresses = ReadAddresses(request);
        X25519KeyPair own = X25519KeyPair.Generate();
        if (!BoxKey.TryCompute(own, request.RelayAuthenticationKey.Span, out byte[]? boxKey))
        {
            throw new ProtocolException(ProtocolErrorCode.RelayValidationFailed, $"The relay's key is no X25519 key of {X25519KeyPair.KeyLength} bytes.");
        }

        string id = _server.State.Relays.TryOpen(request.ReconnectToken.Span, out string? known) ? known : ServerNames.RandomName();
        _entry = new RelayEntry
        {
            Id = id,
            Sequence = _server.NextSequence(),
            Metadata = _server.CutMetadata(request.Metadata),
            BuildVersion = _server.CutMetadata(request.BuildVersion),
            Addresses = addresses,
            Certificate = request.ServerCertificate,
            CertificateKey = certificate.Key,
            BoxKey = boxKey,
            RemoteEndPoint = _remote,
            ConnectedAt = _server.Clock.GetUtcNow(),
        };

        // Before the answer: whoever has the answer can rely on it. A client that hears of the relay first still comes to it later than the answer.
        _server.Relays.Add(_entry);
        return new AuthenticateResp
        {
            ControlId = _server.State.Id,
            ReconnectToken = ByteString.CopyFrom(_server.State.Relays.Create(id)),
            ControlAuthenticationKey = ByteString.CopyFrom(own.PublicKey),
        };
    }

    private HostPort[] ReadAddresses(AuthenticateReq request)
    {
        if (request.Addresses.Count == 0 || request.Addresses.Count > _server.Limits.MaxRelayAddresses)
        {
            throw new ProtocolException(
                ProtocolErrorCode.RelayValidationFailed,
                $"The relay advertises {request.Addresses.Count} addresses: 1 to {_server.Limits.MaxRelayAddresses} are permitted.");
        }

        HostPort[] addresses = new HostPort[request.Addresses.Count];
        for (int i = 0; i < addresses.Length; i++)
        {
            HostPort address = request.Addresses[i];
            if (!AddressMessages.TryRead(address, out _))
            {
                throw new ProtocolException(ProtocolErrorCode.RelayValidationFailed, $"Address number {i + 1} of the relay is none.");
            }

            addresses[i] = AddressMessages.ToHostPort(address.Host, (int)address.Port);
        }

        return addresses;
    }

    private async Task ServeAsync(RelayEntry entry, CancellationToken stopping)
    {
        ControlLog.RelayConnected(_server.Logger, entry.Id, _remote);
        _server.RelaySessions.TryAdd(this, 0);
        try
        {
            if (_server.Rules != _rules)
            {
                await RecheckAsync().ConfigureAwait(false);
            }

            while (true)
            {
                // There is nothing more to say on this connection; whoever tries is told so.
                QuicStream stream = await _connection.AcceptInboundStreamAsync(stopping).ConfigureAwait(false);
                stream.Abort(QuicAbortDirection.Both, ProtocolErrorCode.RequestUnknown.ToCloseCode());
                await stream.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (QuicException exception)
        {
            ControlLog.RelayDisconnected(_server.Logger, entry.Id, _remote, exception.Message);
        }
    }
}
