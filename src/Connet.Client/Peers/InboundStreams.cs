using Connet.Client.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Peers;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>The streams that the other side of a path opens: each begins with a request, which is answered.</summary>
internal sealed class InboundStreams(PeerEndpoint endpoint, PeerPath path, IInboundHandler handler)
{
    /// <summary>Serves until the connection ends.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            QuicStream stream;
            try
            {
                stream = await path.Connection.AcceptInboundStreamAsync().ConfigureAwait(false);
            }
            catch (QuicException)
            {
                return;
            }

            if (path.TryEnter())
            {
                endpoint.Tasks.Run(() => ServeAsync(stream));
            }
            else
            {
                stream.Abort(QuicAbortDirection.Both, ProtocolErrorCode.Unknown.ToCloseCode());
                await stream.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(QuicStream stream)
    {
        bool isTaken = false;
        try
        {
            Request? request = await ReadAsync(stream).ConfigureAwait(false);
            if (request is null)
            {
                return;
            }

            ProtocolException? refusal;
            if (request.Connect is { } connect)
            {
                refusal = await handler.HandleAsync(connect, path, stream, endpoint.Stopping).ConfigureAwait(false);
                isTaken = refusal is null;
            }
            else if (path.Kind == ConnetPathKind.Direct && request.CalculateSize() == 0)
            {
                refusal = null;
                await MessageFraming.WriteAsync(stream, new Response(), path.Generation, endpoint.Stopping).ConfigureAwait(false);
                stream.CompleteWrites();
                isTaken = true;
                endpoint.Tasks.Run(() => FinishCheckAsync(stream));
            }
            else
            {
                refusal = new ProtocolException(ProtocolErrorCode.RequestUnknown, "This request is not known here.");
            }

            if (refusal is not null)
            {
                PeerLog.StreamRefused(endpoint.Network.Context.Logger, endpoint.ToString(), path.ToString(), refusal.Message);
                await MessageFraming.WriteAsync(stream, new Response { Error = refusal.ToError() }, path.Generation, endpoint.Stopping).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            PeerLog.StreamFailed(endpoint.Network.Context.Logger, endpoint.ToString(), path.ToString(), exception.Message);
            stream.Abort(QuicAbortDirection.Both, exception is ProtocolException protocol ? protocol.Code.ToCloseCode() : 0);
        }
        finally
        {
            if (!isTaken)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
                path.ReleaseWhenWritten(stream);
            }
        }
    }

    private async Task FinishCheckAsync(QuicStream stream)
    {
        await FinishedStreams.DisposeAtEndAsync(stream, endpoint.Stopping).ConfigureAwait(false);
        path.ReleaseWhenWritten(stream);
    }

    /// <summary>Whoever opens a stream says at once what for.</summary>
    private async Task<Request?> ReadAsync(QuicStream stream)
    {
        using CancellationTokenSource patience = new(endpoint.ClientOptions.HandshakeIdleTimeout, endpoint.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, endpoint.Stopping);
        return await MessageFraming
            .TryReadAsync(stream, Request.Parser, path.Generation, PeerTransport.MaxMessageLength, either.Token).ConfigureAwait(false);
    }
}
