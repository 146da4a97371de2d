using Connet.Control.Diagnostics;
using Connet.Control.Sessions;
using Connet.Protocol;
using Connet.Protocol.Control;
using Connet.Quic;

namespace Connet.Control.Clients;

/// <summary>
/// One stream of a client: its first request says whether it is an announce stream or a relay stream. Whatever goes wrong on it
/// ends the stream, and leaves the connection and its other streams alone.
/// </summary>
internal sealed class ClientStream
{
    private readonly ClientSession _session;
    private readonly QuicStream _stream;
    private readonly ServerContext _server;
    private readonly ResponseWriter _writer;
    private Task _writing = Task.CompletedTask;

    private ClientStream(ClientSession session, QuicStream stream)
    {
        _session = session;
        _stream = stream;
        _server = session.Server;
        _writer = new ResponseWriter(stream);
    }

    /// <summary>Serves a stream until it ends. Never faults.</summary>
    public static async Task RunAsync(ClientSession session, QuicStream stream, CancellationToken stopping)
    {
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                await new ClientStream(session, stream).ServeAsync(stopping).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is QuicException or OperationCanceledException)
            {
                // The stream or the connection is gone.
            }
#pragma warning disable CA1031 // A fault of ours in one stream must not take the others along.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                ControlLog.StreamFault(session.Server.Logger, session.Id, exception);
                stream.Abort(QuicAbortDirection.Both, ProtocolErrorCode.Unknown.ToCloseCode());
            }
        }
    }

    private async Task ServeAsync(CancellationToken stopping)
    {
        using CancellationTokenSource writing = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        byte[]? last = null;
        try
        {
            await ReceiveAsync(writing, stopping).ConfigureAwait(false);
        }
        catch (ProtocolException refusal)
        {
            // What cannot be read is not of any kind of request.
            ProtocolErrorCode code = refusal.Code == ProtocolErrorCode.Unknown ? ProtocolErrorCode.RequestUnknown : refusal.Code;
            ControlLog.StreamRefused(_server.Logger, _session.Id, _session.PublicEndPoint, code, refusal.Message);
            last = MessageFraming.Encode(new Response { Error = ProtocolErrors.ToError(code, refusal.Message) }, _session.Generation);
        }
        catch (QuicException exception) when (_session.HasDied(exception))
        {
            await writing.CancelAsync().ConfigureAwait(false);
            await IgnoreAsync(_writing).ConfigureAwait(false);
            return;
        }
        catch (QuicException)
        {
            // The client has reset its side, or takes no responses: the stream has ended like one that it completed.
        }

        await EndAsync(last, writing).ConfigureAwait(false);
    }

    private async Task ReceiveAsync(CancellationTokenSource writing, CancellationToken stopping)
    {
        Request? first;
        using (CancellationTokenSource late = new(_server.Limits.RequestTimeout, _server.Clock))
        using (CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping))
        {
            try
            {
                first = await ReadAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
            {
                throw new ProtocolException(ProtocolErrorCode.RequestUnknown, "The request took too long to arrive.");
            }
        }

        switch (first)
        {
            case null:
                break;
            case { Announce: { } announce, Relay: null }:
                await AnnounceAsync(announce, writing, stopping).ConfigureAwait(false);
                break;
            case { Relay: { } relay, Announce: null }:
                await RelayAsync(relay, writing, stopping).ConfigureAwait(false);
                break;
            default:
                throw UnknownRequest();
        }
    }

    private async Task AnnounceAsync(Request.Types.Announce request, CancellationTokenSource writing, CancellationToken stopping)
    {
        EndpointKey key = _session.Checks.CheckEndpoint(request.Endpoint, request.Role, ProtocolErrorCode.AnnounceValidationFailed);
        PeerEntry entry = CheckPeer(request.Peer);
        Announcement announcement = new(key, _session.Id, _session.Sequence, _server.NextSequence(), entry);
        _session.Register(announcement);
        bool mayReturn = false;
        try
        {
            _server.Endpoints.Add(announcement);
            using PeerWatch watch = _server.Endpoints.Watch(key.Opposite, _writer.Changed);
            AnnounceFeed feed = new(watch, _session);
            StartWriting(feed.Next, writing);
            while (await ReadAsync(stopping).ConfigureAwait(false) is { } next)
            {
                if (next is not { Announce: { } update, Relay: null })
                {
                    throw UnknownRequest();
                }

                _server.Endpoints.Update(announcement, CheckPeer(update.Peer));
            }
        }
        catch (QuicException exception) when (_session.HasDied(exception))
        {
            mayReturn = _session.MayReturn;
            throw;
        }
        catch (OperationCanceledException)
        {
            mayReturn = true;
            throw;
        }
        finally
        {
            _session.Unregister(announcement);
            if (mayReturn)
            {
                _server.Endpoints.Abandon(announcement);
            }
            else
            {
                _server.Endpoints.Withdraw(announcement);
            }
        }
    }

    private async Task RelayAsync(Request.Types.Relay request, CancellationTokenSource writing, CancellationToken stopping)
    {
        EndpointKey key = _session.Checks.CheckEndpoint(request.Endpoint, request.Role, ProtocolErrorCode.RelayValidationFailed);
        using RelayFeed feed = RelayFeed.Create(_session, key, request.ClientCertificate.Span, _writer.Changed);
        StartWriting(feed.Next, writing);
        if (await ReadAsync(stopping).ConfigureAwait(false) is not null)
        {
            throw UnknownRequest();
        }
    }

    private PeerEntry CheckPeer(Peer? peer)
    {
        string certificates = _session.Checks.CheckPeer(peer);
        return new PeerEntry(_session.Id, _session.Metadata, peer!, certificates);
    }

    private void StartWriting(Func<byte[]?> next, CancellationTokenSource writing)
    {
        _writing = WriteAsync(next, writing.Token);
        _writer.Changed.Set();
    }

    private async Task WriteAsync(Func<byte[]?> next, CancellationToken cancellationToken)
    {
        try
        {
            await _writer.RunAsync(next, cancellationToken).ConfigureAwait(false);
        }
        catch (QuicException exception) when (exception.QuicError == QuicError.StreamAborted)
        {
            // The client reads no more: the stream is over for both directions.
            _stream.Abort(QuicAbortDirection.Read, ProtocolErrorCode.Unknown.ToCloseCode());
        }
    }

    /// <summary>Ends the server's side in order, or by a reset if the client does not take what is being written.</summary>
    private async Task EndAsync(byte[]? last, CancellationTokenSource writing)
    {
        if (_writing.IsCompleted && !_writing.IsFaulted)
        {
            _writing = _writer.RunAsync(static () => null, writing.Token);
        }

        _writer.End(last);
        using CancellationTokenSource late = new(_server.Limits.RequestTimeout, _server.Clock);
        using CancellationTokenRegistration registration = late.Token.Register(writing.Cancel);
        await IgnoreAsync(_writing).ConfigureAwait(false);
        if (writing.IsCancellationRequested)
        {
            _stream.Abort(QuicAbortDirection.Both, ProtocolErrorCode.Unknown.ToCloseCode());
        }
    }

    private ValueTask<Request?> ReadAsync(CancellationToken cancellationToken) =>
        MessageFraming.TryReadAsync(_stream, Request.Parser, _session.Generation, _server.Limits.MaxRequestLength, cancellationToken);

    private static async Task IgnoreAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QuicException or OperationCanceledException)
        {
        }
    }

    private static ProtocolException UnknownRequest() =>
        new(ProtocolErrorCode.RequestUnknown, "The request is of no kind that is answered on this stream.");
}
