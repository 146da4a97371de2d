using Connet.Client.Peers;
using Connet.Protocol;
using Connet.Protocol.Peers;
using Connet.Quic;

namespace Connet.Client.Direct;

/// <summary>
/// The exchange that proves a new direct connection: the dialler opens the first stream and sends an empty request, the other side answers
/// with an empty response (protocol.md section 6). A listener may refuse the dialler's certificate after the dialler has finished its
/// handshake, so nothing goes over a connection before.
/// </summary>
internal static class ConnectionCheck
{
    /// <summary>The dialler's side. When it fails the connection is to be closed.</summary>
    /// <exception cref="IOException">The other side did not answer as it must.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled: it took too long, or is no longer wanted.</exception>
    public static async Task RunAsync(QuicConnection connection, CancellationToken cancellationToken)
    {
        ProtocolGeneration generation = Alpn.GetGeneration(ConnectionKind.Peer, connection.NegotiatedApplicationProtocol);
        QuicStream stream = await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, cancellationToken).ConfigureAwait(false);
        await MessageFraming.WriteAsync(stream, new Request(), generation, cancellationToken).ConfigureAwait(false);
        stream.CompleteWrites();
        Response response = await MessageFraming
            .TryReadAsync(stream, Response.Parser, generation, PeerTransport.MaxMessageLength, cancellationToken).ConfigureAwait(false)
            ?? throw Failed("the peer ended the stream without an answer");
        ProtocolErrors.ThrowIfSet(response.Error);
        if (response.Connect is not null)
        {
            throw Failed("the peer answered another question");
        }

        _ = FinishedStreams.DisposeAtEndAsync(stream, CancellationToken.None);
    }

    /// <summary>The accepting side: serves the connection's first stream. When it fails the connection is to be closed.</summary>
    /// <exception cref="IOException">The first stream is no check.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled: it took too long, or is no longer wanted.</exception>
    public static async Task ServeAsync(QuicConnection connection, CancellationToken cancellationToken)
    {
        ProtocolGeneration generation = Alpn.GetGeneration(ConnectionKind.Peer, connection.NegotiatedApplicationProtocol);
        QuicStream stream = await connection.AcceptInboundStreamAsync(cancellationToken).ConfigureAwait(false);
        Request? request = await MessageFraming
            .TryReadAsync(stream, Request.Parser, generation, PeerTransport.MaxMessageLength, cancellationToken).ConfigureAwait(false);
        if (request is null or { Connect: not null })
        {
            Response refusal = new() { Error = ProtocolErrors.ToError(ProtocolErrorCode.ConnectionCheckFailed, "The first stream is no connection check.") };
            await MessageFraming.WriteAsync(stream, refusal, generation, cancellationToken).ConfigureAwait(false);
            stream.CompleteWrites();
            throw Failed("the peer's first stream was no connection check");
        }

        await MessageFraming.WriteAsync(stream, new Response(), generation, cancellationToken).ConfigureAwait(false);
        stream.CompleteWrites();
        _ = FinishedStreams.DisposeAtEndAsync(stream, CancellationToken.None);
    }

    private static ProtocolException Failed(string what) => new(ProtocolErrorCode.ConnectionCheckFailed, $"The connection check failed: {what}.");
}
