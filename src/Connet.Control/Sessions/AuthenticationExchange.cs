using Connet.Control.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Control.Sessions;

/// <summary>
/// The first stream of a connection: one request, one response. Whoever has not passed it is bounded in time and in what it may
/// send.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="generation">How it frames messages.</param>
/// <param name="server">The limits.</param>
internal sealed class AuthenticationExchange(QuicConnection connection, ProtocolGeneration generation, ServerContext server)
{
    /// <summary>Reads the request and answers it. A refused connection is closed when the call returns.</summary>
    /// <param name="parser">Reads the request.</param>
    /// <param name="accept">Checks a request and gives the response; throws <see cref="ProtocolException"/> to refuse it.</param>
    /// <param name="refuse">The response that carries an error.</param>
    /// <param name="stopping">Ends the wait.</param>
    /// <returns>The stream, of which the peer has not ended its side yet; null if the connection was refused or has ended.</returns>
    public async ValueTask<QuicStream?> RunAsync<T>(
        MessageParser<T> parser, Func<T, IMessage> accept, Func<Error, IMessage> refuse, CancellationToken stopping)
        where T : class, IMessage<T>
    {
        using CancellationTokenSource timeout = new(server.Limits.AuthenticationTimeout, server.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        QuicStream? stream = null;
        try
        {
            stream = await connection.AcceptInboundStreamAsync(either.Token).ConfigureAwait(false);
            T? request = await MessageFraming.TryReadAsync(stream, parser, generation, server.Limits.MaxAuthenticationLength, either.Token).ConfigureAwait(false);
            IMessage response = accept(request ?? throw new ProtocolException(ProtocolErrorCode.RequestUnknown, "The first stream ended without a request."));
            connection.LiftReceiveLimit();
            await SendAsync(stream, response, either.Token).ConfigureAwait(false);
            return stream;
        }
        catch (ProtocolException refusal)
        {
            await RefuseAsync(stream, refusal, refuse, either.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            if (!stopping.IsCancellationRequested)
            {
                ProtocolException late = new(ProtocolErrorCode.AuthenticationFailed, "The authentication took too long.");
                await CloseAsync(late).ConfigureAwait(false);
            }

            return null;
        }
        catch (QuicException exception)
        {
            // Ended by the peer. A stream that was reset leaves nothing to talk about either.
            ControlLog.ConnectionLost(server.Logger, connection.RemoteEndPoint, exception.Message);
            await connection.CloseAsync(ProtocolErrorCode.Unknown.ToCloseCode(), string.Empty, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
    }

    private async ValueTask RefuseAsync(QuicStream? stream, ProtocolException refusal, Func<Error, IMessage> refuse, CancellationToken cancellationToken)
    {
        // What cannot be read is not of any kind of request.
        ProtocolErrorCode code = refusal.Code == ProtocolErrorCode.Unknown ? ProtocolErrorCode.RequestUnknown : refusal.Code;
        ProtocolException told = new(code, refusal.Message, refusal);
        if (stream is not null)
        {
            try
            {
                await SendAsync(stream, refuse(told.ToError()), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is QuicException or OperationCanceledException)
            {
                // The close carries code and reason as well.
            }
        }

        await CloseAsync(told).ConfigureAwait(false);
    }

    private ValueTask CloseAsync(ProtocolException reason)
    {
        ControlLog.Refused(server.Logger, connection.RemoteEndPoint, reason.Code, reason.Message);
        return connection.CloseAsync(reason.Code.ToCloseCode(), reason.Message, CancellationToken.None);
    }

    private async ValueTask SendAsync(QuicStream stream, IMessage response, CancellationToken cancellationToken) =>
        await stream.WriteAsync(MessageFraming.Encode(response, generation), completeWrites: true, cancellationToken).ConfigureAwait(false);
}
