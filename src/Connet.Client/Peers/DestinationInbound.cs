using Connet.Client.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Encryption;
using Connet.Protocol.Peers;
using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>A destination's side of a request to connect: agrees on the encryption and queues the request for whoever accepts.</summary>
/// <param name="requests">The queue.</param>
/// <param name="proxyProtocol">What sources are asked to begin with.</param>
/// <param name="traffic">What the destination takes.</param>
internal sealed class DestinationInbound(RequestQueue requests, ConnetProxyProtocol proxyProtocol, ConnetTraffic traffic) : IInboundHandler
{
    /// <summary>Set once, before anything comes in.</summary>
    public PeerEndpoint Endpoint { get; set; } = null!;

    /// <inheritdoc/>
    public async ValueTask<ProtocolException?> HandleAsync(
        Request.Types.Connect connect, PeerPath path, QuicStream stream, CancellationToken cancellationToken)
    {
        if (connect.Datagrams != (traffic == ConnetTraffic.Datagrams))
        {
            return new ProtocolException(
                ProtocolErrorCode.DestinationDialFailed,
                connect.Datagrams
                    ? $"The destination '{Endpoint.Name}' takes byte streams and no datagrams: use tcp at the source, or udp on both sides."
                    : $"The destination '{Endpoint.Name}' takes datagrams and no byte streams: use udp at the source, or tcp on both sides.");
        }

        InboundRequest? request;
        if (path.Kind == ConnetPathKind.Direct)
        {
            request = new InboundRequest(Endpoint, path, stream, RelayEncryption.None, null, null, path.Id);
        }
        else
        {
            (request, ProtocolException? refusal) = await NegotiateAsync(connect, path, stream, cancellationToken).ConfigureAwait(false);
            if (request is null)
            {
                return refusal;
            }
        }

        // A flow has no beginning that a header could stand at.
        request.ProxyProtocol = traffic == ConnetTraffic.Datagrams ? ProxyProtocolVersion.None : (ProxyProtocolVersion)proxyProtocol;
        request.Traffic = traffic;

        // Whoever takes the request from the queue owns the stream from then on.
        return await requests.TryAddAsync(
            new ConnetConnectionRequest(request), Endpoint.ClientOptions.HandshakeIdleTimeout, Endpoint.Clock, cancellationToken).ConfigureAwait(false)
            ? null
            : new ProtocolException(ProtocolErrorCode.DestinationDialFailed, $"Too many connections wait to be accepted by the destination '{Endpoint.Name}'.");
    }

    private async ValueTask<(InboundRequest? Request, ProtocolException? Refusal)> NegotiateAsync(
        Request.Types.Connect connect, PeerPath path, QuicStream stream, CancellationToken cancellationToken)
    {
        if (!await WaitForNewsAsync(connect, path, cancellationToken).ConfigureAwait(false))
        {
            return (null, new ProtocolException(ProtocolErrorCode.DestinationDialFailed, $"No source of '{Endpoint.Name}' is known at this relay."));
        }

        RelayEncryption? scheme = RelayEncryptionPolicy.Choose(connect, Endpoint.RelayEncryptions, Endpoint.Peers.AnnouncedEncryptions(path.Id));
        switch (scheme)
        {
            case RelayEncryption.None:
                path.NotePlain(Endpoint.Network.Context.Logger, Endpoint.ToString());
                return (new InboundRequest(Endpoint, path, stream, RelayEncryption.None, null, null, null), null);
            case RelayEncryption.Tls:
                return Endpoint.Peers.FindByServerName(connect.SourceTls.ClientName) is { } source
                    ? (new InboundRequest(Endpoint, path, stream, RelayEncryption.Tls, null, source.Entry.Client, source.Entry.Id), null)
                    : (null, Unverified("the source is not known"));
            case RelayEncryption.Dhxcp:
                EcdhConfiguration theirs = connect.SourceDhX25519;
                if (Endpoint.Peers.FindByServerName(theirs.ClientName) is not { } peer)
                {
                    return (null, Unverified("the source is not known"));
                }

                return Endpoint.Credentials.SignedKeys.TryVerify(theirs, peer.Entry.Server, out byte[]? publicKey, out string? fault)
                    ? (new InboundRequest(Endpoint, path, stream, RelayEncryption.Dhxcp, publicKey, null, peer.Entry.Id), null)
                    : (null, Unverified(fault));
            default:
                return (null, new ProtocolException(
                    ProtocolErrorCode.DestinationRelayEncryptionError,
                    $"The source and the destination '{Endpoint.Name}' allow no encryption in common{MissingIn(connect)}."));
        }
    }

    private static string MissingIn(Request.Types.Connect connect) =>
        connect.SourceEncryption.Any(scheme => scheme != RelayEncryption.None) && connect.SourceTls is null && connect.SourceDhX25519 is null
            ? ": the source offers schemes without their configuration"
            : string.Empty;

    private ProtocolException Unverified(string fault)
    {
        string message = $"The source of a connection to '{Endpoint.Name}' cannot be verified: {fault}.";
        PeerLog.KeyRefused(Endpoint.Network.Context.Logger, Endpoint.ToString(), message);
        return new ProtocolException(ProtocolErrorCode.DestinationRelayEncryptionError, message);
    }

    /// <summary>
    /// Waits until the list has a source that names the relay, and the source that asks, if it says who it is: a request may be here over
    /// the relay before the news of its source are here over the control server.
    /// </summary>
    /// <returns>False if no source names the relay.</returns>
    private async ValueTask<bool> WaitForNewsAsync(Request.Types.Connect connect, PeerPath path, CancellationToken cancellationToken)
    {
        long since = Endpoint.Clock.GetTimestamp();
        while (true)
        {
            Task changed = Endpoint.Changed.Next;
            bool isNamed = Endpoint.Peers.AnyAtRelay(path.Id);
            bool isKnown = (connect.SourceDhX25519 is not { } keys || Endpoint.Peers.FindByServerName(keys.ClientName) is not null)
                && (connect.SourceTls is not { } tls || Endpoint.Peers.FindByServerName(tls.ClientName) is not null);
            TimeSpan rest = Endpoint.ClientOptions.HandshakeIdleTimeout - Endpoint.Clock.GetElapsedTime(since);
            if ((isNamed && isKnown) || rest <= TimeSpan.Zero || path.Connection.IsClosed)
            {
                return isNamed;
            }

            await Endpoint.Clock.WaitUpToAsync(changed, rest, cancellationToken).ConfigureAwait(false);
        }
    }
}
