using Connet.Protocol;
using Connet.Protocol.Peers;
using Connet.Quic;
using Connet.Relay.Clients;
using Connet.Relay.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Connet.Relay.Forwarding;

/// <summary>Serves the streams that clients open: those of sources are joined to destinations, others are refused.</summary>
internal sealed class StreamService(RelayServerOptions options, DestinationDialer dialer, ForwardingCounters counters, TimeProvider clock, ILogger logger)
{
    private volatile bool _isStopping;

    /// <summary>From now on new streams are refused; those that are open go on.</summary>
    public void StopAccepting() => _isStopping = true;

    /// <summary>Serves one stream from its request to its end; never fails.</summary>
    public async Task ServeAsync(RelayMember member, RelayEndpoint endpoint, QuicStream stream, CancellationToken cancellationToken)
    {
        counters.Begin();
        member.AddStream();
        try
        {
            await HandleAsync(member, endpoint, stream, cancellationToken).ConfigureAwait(false);

            // Until then the last bytes are on their way, and closing the connection would lose them.
            await stream.WritesClosed.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // Garbage, silence, or the end of the stream or its connection: nothing that the others need to know of.
            RelayLog.StreamRefused(logger, member.Connection.RemoteEndPoint, member.Endpoint, exception.Message);
            stream.Abort(QuicAbortDirection.Both, CodeOf(exception));
        }
        catch (Exception exception)
        {
            RelayLog.ConnectionFault(logger, member.Connection.RemoteEndPoint, exception);
            stream.Abort(QuicAbortDirection.Both, (long)ProtocolErrorCode.Unknown);
        }
        finally
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            member.RemoveStream();
            counters.End();
        }
    }

    private async Task HandleAsync(RelayMember member, RelayEndpoint endpoint, QuicStream stream, CancellationToken cancellationToken)
    {
        if (_isStopping)
        {
            stream.Abort(QuicAbortDirection.Both, (long)ProtocolErrorCode.Unknown);
            return;
        }

        if (member.Role != Protocol.Common.Role.Source)
        {
            ProtocolException unknown = new(ProtocolErrorCode.RequestUnknown, "A destination opens no streams towards a relay.");
            await RefuseAsync(member, stream, unknown, cancellationToken).ConfigureAwait(false);
            return;
        }

        Request? request = await ReadRequestAsync(member, stream, cancellationToken).ConfigureAwait(false);
        if (request?.Connect is null)
        {
            ProtocolException unknown = new(ProtocolErrorCode.RequestUnknown, "A relay answers requests to connect, and no others.");
            await RefuseAsync(member, stream, unknown, cancellationToken).ConfigureAwait(false);
            return;
        }

        DestinationAnswer answer = await DialAsync(endpoint, stream, request, cancellationToken).ConfigureAwait(false);
        if (answer.Error is { } error)
        {
            await RefuseAsync(member, stream, error, cancellationToken).ConfigureAwait(false);
            return;
        }

        await JoinAsync(member, stream, answer, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Request?> ReadRequestAsync(RelayMember member, QuicStream stream, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(options.RequestTimeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        return await MessageFraming
            .TryReadAsync(stream, Request.Parser, member.Generation, RelayTransport.MaxMessageLength, either.Token).ConfigureAwait(false);
    }

    private async Task<DestinationAnswer> DialAsync(RelayEndpoint endpoint, QuicStream stream, Request request, CancellationToken cancellationToken)
    {
        using CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<DestinationAnswer> dial = dialer.DialAsync(request, endpoint, gone.Token);
        Task ended = await Task.WhenAny(dial, stream.ReadsClosed, stream.WritesClosed).ConfigureAwait(false);
        if (ended != dial)
        {
            // Nobody waits for the answer any more; no destination should go on dialling for it.
            await gone.CancelAsync().ConfigureAwait(false);
        }

        return await dial.ConfigureAwait(false);
    }

    private async Task JoinAsync(RelayMember member, QuicStream stream, DestinationAnswer answer, CancellationToken cancellationToken)
    {
        QuicStream destination = answer.Stream!;
        answer.Member!.AddStream();
        try
        {
            await WriteAsync(member, stream, answer.Response!, cancellationToken).ConfigureAwait(false);
            counters.Joined();
            await JoinedStreams.RunAsync(stream, destination, counters).ConfigureAwait(false);
            await destination.WritesClosed.ConfigureAwait(false);
        }
        catch
        {
            destination.Abort(QuicAbortDirection.Both, (long)ProtocolErrorCode.Unknown);
            throw;
        }
        finally
        {
            await destination.DisposeAsync().ConfigureAwait(false);
            answer.Member.RemoveStream();
        }
    }

    private async Task RefuseAsync(RelayMember member, QuicStream stream, ProtocolException error, CancellationToken cancellationToken)
    {
        RelayLog.StreamRefused(logger, member.Connection.RemoteEndPoint, member.Endpoint, error.Message);
        await WriteAsync(member, stream, new Response { Error = error.ToError() }, cancellationToken).ConfigureAwait(false);
        stream.CompleteWrites();
        stream.Abort(QuicAbortDirection.Read, error.Code.ToCloseCode());
    }

    /// <summary>A client that takes no answer must not hold what waits for it.</summary>
    private async Task WriteAsync(RelayMember member, QuicStream stream, Response response, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(options.RequestTimeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await MessageFraming.WriteAsync(stream, response, member.Generation, either.Token).ConfigureAwait(false);
    }

    private static long CodeOf(Exception exception) => exception is ProtocolException protocol ? protocol.Code.ToCloseCode() : (long)ProtocolErrorCode.Unknown;
}
