using Connet.Client.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Encryption;
using Connet.Protocol.Encryption.Tls;
using Connet.Protocol.Keys;
using Connet.Protocol.Peers;
using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>One attempt of a source to open a connection over one path.</summary>
internal sealed class DialAttempt(PeerEndpoint endpoint, PeerPath path, ConnetDialOptions options, ConnetTraffic traffic)
{
    private readonly int _peersBefore = endpoint.Peers.Version;
    private readonly long _packetsBefore = path.Connection.GetStatistics().PacketsReceived;

    /// <summary>Where frames of a flow go, which may come before the answer.</summary>
    private readonly DatagramQueue? _received = traffic == ConnetTraffic.Datagrams && path.Kind == ConnetPathKind.Direct ? DatagramQueue.ForFlow() : null;

    /// <summary>What has taken the stream over, and ends it as TLS wants.</summary>
    private TlsRelayStream? _tls;

    /// <summary>The path.</summary>
    public PeerPath Path => path;

    /// <summary>Whether nothing at all has arrived on the path since the attempt began.</summary>
    public bool IsPathSilent => path.Connection.GetStatistics().PacketsReceived == _packetsBefore;

    /// <summary>Asks, and waits for the answer. Never faults; when it is cancelled the stream is reset.</summary>
    public async Task<DialResult> RunAsync(CancellationToken cancellationToken)
    {
        PeerLog.Dial(endpoint.Network.Context.Logger, endpoint.ToString(), path.ToString());
        QuicStream? stream = path.TryOpen();
        if (stream is null)
        {
            return new DialResult(null, null, path.IsUsable ? "as many connections as the other side permits are open" : "it has just ended");
        }

        DialResult result;
        try
        {
            result = await AskAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch (ProtocolException exception)
        {
            result = new DialResult(null, null, exception.Message);
        }
        catch (IOException exception)
        {
            result = new DialResult(null, null, exception.Message);
        }
        catch (OperationCanceledException)
        {
            result = new DialResult(null, null, "it got no answer");
        }

        if (result.Connection is { } connection)
        {
            connection.Received = _received;
        }
        else
        {
            path.Datagrams.Remove(stream.Id);
            if (_tls is null)
            {
                stream.Abort(QuicAbortDirection.Both, result.Refusal?.Code.ToCloseCode() ?? 0);
            }

            await (_tls ?? (Stream)stream).DisposeAsync().ConfigureAwait(false);
            path.ReleaseWhenWritten(stream);
        }

        return result;
    }

    private async Task<DialResult> AskAsync(QuicStream stream, CancellationToken cancellationToken)
    {
        if (_received is not null)
        {
            path.Datagrams.Add(stream.Id, _received, endpoint.Tasks);
        }

        Request.Types.Connect connect = new() { Datagrams = traffic == ConnetTraffic.Datagrams };
        X25519KeyPair? own = path.Kind == ConnetPathKind.Relay ? Offer(connect) : null;
        await MessageFraming.WriteAsync(stream, new Request { Connect = connect }, path.Generation, cancellationToken).ConfigureAwait(false);
        Response? response = await MessageFraming
            .TryReadAsync(stream, Response.Parser, path.Generation, PeerTransport.MaxMessageLength, cancellationToken).ConfigureAwait(false);
        return response switch
        {
            null => new DialResult(null, null, "the stream ended without an answer"),
            { Error: { } error } => new DialResult(null, error.ToException(), null) { MayChange = MayChange(error.ToCode()) },
            { Connect: { ProxyProto: not (ProxyProtocolVersion.None or ProxyProtocolVersion.V1 or ProxyProtocolVersion.V2) } answer } =>
                new DialResult(null, HeaderUnknown(answer.ProxyProto), null),
            { Connect: { Datagrams: false } } when traffic == ConnetTraffic.Datagrams => new DialResult(null, Unconfirmed(), null),
            { Connect: { ProxyProto: not ProxyProtocolVersion.None } } when traffic == ConnetTraffic.Datagrams => new DialResult(null, NoHeader(), null),
            { Connect: { } answer } => await IntroduceAsync(
                await AcceptAsync(stream, answer, own, cancellationToken).ConfigureAwait(false), answer.ProxyProto, cancellationToken).ConfigureAwait(false),
            _ => new DialResult(null, null, "the answer is none to this request"),
        };
    }

    /// <summary>
    /// A relay that knows no destination may hear of one; and where it has failed to reach one, that may have been an instance which this
    /// side has learnt meanwhile to be gone.
    /// </summary>
    private bool MayChange(ProtocolErrorCode code) => code == ProtocolErrorCode.DestinationNotFound
        || (code == ProtocolErrorCode.DestinationDialFailed && path.Kind == ConnetPathKind.Relay && endpoint.Peers.Version != _peersBefore);

    /// <summary>The service behind such a destination takes the first bytes for a header: without one, it would misread the connection.</summary>
    private static ProtocolException HeaderUnknown(ProxyProtocolVersion version) => new(
        ProtocolErrorCode.DestinationDialFailed,
        $"the destination asks for version {(int)version} of the PROXY protocol, which this source does not know: set the destination to v1, v2 or none");

    /// <summary>A program that knows nothing of flows takes the request for one of a byte stream: its service would get our lengths as bytes.</summary>
    private static ProtocolException Unconfirmed() => new(
        ProtocolErrorCode.DestinationDialFailed,
        "the destination has answered as for a byte stream and did not confirm a flow of datagrams: its program knows no UDP, so update it, or use tcp on both sides");

    private static ProtocolException NoHeader() => new(
        ProtocolErrorCode.DestinationDialFailed,
        "the destination asks for a header of the PROXY protocol, which flows of datagrams do not have: set it to none there");

    /// <summary>Begins the connection with the user's address, if that was asked for: inside of the encryption, and before anybody can write.</summary>
    private async ValueTask<DialResult> IntroduceAsync(DialResult result, ProxyProtocolVersion version, CancellationToken cancellationToken)
    {
        if (result.Connection is { } connection && version != ProxyProtocolVersion.None)
        {
            await connection.WriteAsync(ProxyHeader.Write(version, options.UserEndPoint, options.ListenerEndPoint), cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    private X25519KeyPair? Offer(Request.Types.Connect connect)
    {
        connect.SourceEncryption.AddRange(endpoint.RelayEncryptions);
        if (endpoint.RelayEncryptions.Contains(RelayEncryption.Tls))
        {
            connect.SourceTls = new TlsConfiguration { ClientName = endpoint.Credentials.ServerName };
        }

        if (!endpoint.RelayEncryptions.Contains(RelayEncryption.Dhxcp))
        {
            return null;
        }

        X25519KeyPair own = X25519KeyPair.Generate();
        connect.SourceDhX25519 = endpoint.Credentials.SignedKeys.Create(endpoint.Identity.Server, own.PublicKey);
        return own;
    }

    private async ValueTask<DialResult> AcceptAsync(
        QuicStream stream, Response.Types.Connect answer, X25519KeyPair? own, CancellationToken cancellationToken)
    {
        if (path.Kind == ConnetPathKind.Direct)
        {
            return new DialResult(new ConnetConnection(stream, stream, path, isEncrypted: true, path.Id), null, null);
        }

        if (!RelayEncryptionPolicy.IsAcceptable(answer, endpoint.RelayEncryptions, endpoint.Peers.AnnouncedEncryptions(path.Id)))
        {
            return Refuse("the answer's encryption is not one that was offered or comes without its configuration, or encryption was taken off the offer on the way");
        }

        if (answer.DestinationEncryption == RelayEncryption.None)
        {
            path.NotePlain(endpoint.Network.Context.Logger, endpoint.ToString());
            return new DialResult(new ConnetConnection(stream, stream, path, isEncrypted: false, peerId: null), null, null);
        }

        if (answer.DestinationEncryption == RelayEncryption.Tls)
        {
            return await SecureAsync(stream, answer.DestinationTls.ClientName, cancellationToken).ConfigureAwait(false);
        }

        EcdhConfiguration theirs = answer.DestinationDhX25519;
        if (own is null || await FindAsync(theirs.ClientName, cancellationToken).ConfigureAwait(false) is not { } peer)
        {
            return Refuse("the destination that answered is not known");
        }

        if (!endpoint.Credentials.SignedKeys.TryVerify(theirs, peer.Entry.Server, out byte[]? publicKey, out string? fault))
        {
            return Refuse($"the destination's key cannot be verified: {fault}");
        }

        if (!DhxcpKeys.TryDeriveAtSource(own, publicKey, out DhxcpKeys? keys))
        {
            return Refuse("the destination's key is none");
        }

        path.Encryption = ConnetPathEncryption.Dhxcp;
        return new DialResult(new ConnetConnection(stream, DhxcpStream.AtSource(stream, keys), path, isEncrypted: true, peer.Entry.Id), null, null);
    }

    /// <summary>A destination is the one that it says when the handshake is over; before, nothing of the connection is anybody's.</summary>
    private async ValueTask<DialResult> SecureAsync(QuicStream stream, string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is not { } peer)
        {
            return Refuse("the destination that answered is not known");
        }

        _tls = TlsRelayStream.AtSource(new QuicTlsTransport(stream), endpoint.Identity.Client, peer.Entry.Server);
        try
        {
            await _tls.HandshakeAsync(endpoint.ClientOptions.HandshakeIdleTimeout, endpoint.Clock, cancellationToken).ConfigureAwait(false);
        }
        catch (ProtocolException exception)
        {
            return Refuse(exception.Message.TrimEnd('.'));
        }

        path.Encryption = ConnetPathEncryption.Tls;
        return new DialResult(new ConnetConnection(stream, _tls, path, isEncrypted: true, peer.Entry.Id), null, null);
    }

    /// <summary>A relay may know a destination that has just started before this side's list of peers has it.</summary>
    private async ValueTask<KnownPeer?> FindAsync(string name, CancellationToken cancellationToken)
    {
        long since = endpoint.Clock.GetTimestamp();
        while (true)
        {
            Task changed = endpoint.Changed.Next;
            TimeSpan rest = endpoint.ClientOptions.HandshakeIdleTimeout - endpoint.Clock.GetElapsedTime(since);
            if (endpoint.Peers.FindByServerName(name) is { } peer)
            {
                return peer;
            }

            if (rest <= TimeSpan.Zero || path.Connection.IsClosed)
            {
                return null;
            }

            await endpoint.Clock.WaitUpToAsync(changed, rest, cancellationToken).ConfigureAwait(false);
        }
    }

    private DialResult Refuse(string why)
    {
        PeerLog.KeyRefused(endpoint.Network.Context.Logger, endpoint.ToString(), $"over {path}, {why}");
        return new DialResult(null, new ProtocolException(ProtocolErrorCode.DestinationRelayEncryptionError, why), null);
    }
}
