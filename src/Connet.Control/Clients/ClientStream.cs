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
internal sealed class ClientStream : IDisposable
{
    private readonly ClientSession _session;
    private readonly QuicStream _stream;
    private readonly ServerContext _server;
    private readonly ResponseWriter _writer;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _revoked = new();
    private Task _writing = Task.CompletedTask;
    private EndpointKey? _endpoint;
    private ProtocolException? _revocation;
    private bool _isOver;

    private ClientStream(ClientSession session, QuicStream stream)
    {
        _session = session;
        _stream = stream;
        _server = session.Server;
        _writer = new ResponseWriter(stream, new PushPace(_server.Clock, _server.Limits.PushBurst, _server.Limits.PushInterval), _server.Clock);
    }

    /// <summary>Serves a stream until it ends. Never faults.</summary>
    public static async Task RunAsync(ClientSession session, QuicStream stream, CancellationToken stopping)
    {
        await using (stream.ConfigureAwait(false))
        {
            using ClientStream served = new(session, stream);
            try
            {
                await served.ServeAsync(stopping).ConfigureAwait(false);
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

    /// <summary>Ends the stream if its endpoint is not permitted any more.</summary>
    public void Recheck(PeerChecks checks)
    {
        lock (_gate)
        {
            if (!_isOver && _endpoint is { } endpoint && checks.FindRefusal(endpoint.Name, endpoint.Role) is { } refusal)
            {
                _revocation = refusal;

                // Whoever waits goes on elsewhere: not under this lock.
                _ = _revoked.CancelAsync();
            }
        }
    }

    /// <summary>Ends what the stream has in its session.</summary>
    public void Dispose()
    {
        _session.End(this);
        lock (_gate)
        {
            _isOver = true;
            _revoked.Dispose();
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
        Begin(key);
        Announcement announcement = new(key, _session.Id, _session.Sequence, _server.NextSequence(), entry)
        {
            TokenTag = _session.TokenTag,
            Since = _server.Clock.GetUtcNow(),
        };
        _session.Register(announcement);
        bool mayReturn = false;
        try
        {
            _server.Endpoints.Add(announcement);
            using PeerWatch watch = _server.Endpoints.Watch(key.Opposite, _writer.Changed);
            AnnounceFeed feed = new(watch, _session, announcement);
            StartWriting(feed, writing);
            while (await ReadNextAsync(stopping).ConfigureAwait(false) is { } next)
            {
                if (next is not { Announce: { } update, Relay: null })
                {
                    throw UnknownRequest();
                }

                _session.Update(announcement, CheckPeer(update.Peer));
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
        Begin(key);
        StartWriting(feed, writing);
        if (await ReadNextAsync(stopping).ConfigureAwait(false) is not null)
        {
            throw UnknownRequest();
        }
    }

    private PeerEntry CheckPeer(Peer? peer)
    {
        string certificates = _session.Checks.CheckPeer(peer);
        return new PeerEntry(_session.Id, _session.Metadata, peer!, certificates);
    }

    private void Begin(EndpointKey key)
    {
        lock (_gate)
        {
            _endpoint = key;
        }

        _session.Begin(this);
    }

    private void StartWriting(IResponseFeed feed, CancellationTokenSource writing)
    {
        _writing = WriteAsync(feed, writing.Token);
        _writer.Changed.Set();
    }

    private async Task WriteAsync(IResponseFeed feed, CancellationToken cancellationToken)
    {
        try
        {
            await _writer.RunAsync(feed, cancellationToken).ConfigureAwait(false);
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
            _writing = _writer.RunAsync(null, writing.Token);
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

    /// <summary>Reads a request after the first, which may take for ever, unless the stream is not permitted any more.</summary>
    private async ValueTask<Request?> ReadNextAsync(CancellationToken stopping)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_revoked.Token, stopping);
        try
        {
            return await ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_revocation is not null && !stopping.IsCancellationRequested)
        {
            throw _revocation;
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
