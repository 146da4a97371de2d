using Connet.Client.Diagnostics;
using Connet.Client.Nat;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Timing;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Client.Control;

/// <summary>
/// The announce stream and the relay stream of one endpoint on one control connection. Each is open for as long as endpoint and connection
/// live; one that ends before is opened again.
/// </summary>
internal sealed class EndpointStreams : IAsyncDisposable
{
    /// <summary>
    /// How long a withdrawal waits for the server to end its side too, which says that it has seen ours end. A connection that closes
    /// earlier would leave the endpoint announced for the server's expiry time (protocol.md section 4.6).
    /// </summary>
    private static readonly TimeSpan s_withdrawalTime = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_reopenInitial = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_reopenMax = TimeSpan.FromSeconds(2);

    /// <summary>A server that refuses an endpoint may be given other rules while it runs.</summary>
    private static readonly TimeSpan s_retryRefused = TimeSpan.FromSeconds(30);

    private readonly IControlledEndpoint _endpoint;
    private readonly ControlConnection _connection;
    private readonly ClientContext _context;
    private readonly AnnouncedAddresses _addresses;
    private readonly WakeSignal _changed = new();
    private readonly CancellationTokenSource _withdrawn = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _oneCallAtATime = new();
    private readonly string _role;
    private bool _hadPeers;
    private bool _hadRelays;
    private Task _loops = Task.CompletedTask;

    /// <param name="endpoint">Whom the streams serve.</param>
    /// <param name="connection">The connection that carries them.</param>
    /// <param name="context">The client.</param>
    /// <param name="addresses">The addresses to announce.</param>
    public EndpointStreams(IControlledEndpoint endpoint, ControlConnection connection, ClientContext context, AnnouncedAddresses addresses)
    {
        _endpoint = endpoint;
        _connection = connection;
        _context = context;
        _addresses = addresses;
        _role = endpoint.Role == Role.Source ? "source" : "destination";
    }

    /// <summary>Opens the streams. Once.</summary>
    public void Start()
    {
        _endpoint.AnnouncementChanged += _changed.Set;
        _addresses.Changed += _changed.Set;
        Task announce = Task.Run(() => LoopAsync("announce", AnnounceAsync));
        Task relays = _endpoint.Route == ConnetRoute.Direct ? Task.CompletedTask : Task.Run(() => LoopAsync("relay", AskForRelaysAsync));
        _loops = Task.WhenAll(announce, relays);
    }

    /// <summary>Ends the streams in order, so that the endpoint is gone for its peers at once, and waits a moment for the server to see it.</summary>
    public async Task WithdrawAsync()
    {
        await _withdrawn.CancelAsync().ConfigureAwait(false);
        using CancellationTokenSource waiting = new();
        await Task.WhenAny(_loops, _context.Clock.PauseAsync(s_withdrawalTime, waiting.Token)).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Drops the streams, once their connection is closed. Afterwards the endpoint is not called any more.</summary>
    public async ValueTask DisposeAsync()
    {
        _endpoint.AnnouncementChanged -= _changed.Set;
        _addresses.Changed -= _changed.Set;
        await _stopped.CancelAsync().ConfigureAwait(false);
        await QuietTasks.QuietlyAsync(_loops).ConfigureAwait(false);
    }

    private async Task LoopAsync(string kind, Func<QuicStream, Task<StreamEnd>> use)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(_withdrawn.Token, _stopped.Token);
        Backoff reopen = new(s_reopenInitial, s_reopenMax);
        while (!ending.IsCancellationRequested && !_connection.Quic.IsClosed)
        {
            ProtocolException? refusal = null;
            long since = _context.Clock.GetTimestamp();
            try
            {
                QuicStream stream = await _connection.Quic.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, ending.Token).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    refusal = await UseAsync(stream, kind, use).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (QuicException) when (_connection.Quic.IsClosed)
            {
                return;
            }

            if (_context.Clock.GetElapsedTime(since) >= s_reopenMax)
            {
                reopen.Reset();
            }

            TimeSpan pause = refusal is { Code: not ProtocolErrorCode.Unknown } ? s_retryRefused : reopen.Next();
            await _context.Clock.PauseAsync(pause, ending.Token).ConfigureAwait(false);
        }
    }

    /// <returns>The server's refusal; null if the stream ended or failed otherwise.</returns>
    private async Task<ProtocolException?> UseAsync(QuicStream stream, string kind, Func<QuicStream, Task<StreamEnd>> use)
    {
        try
        {
            StreamEnd end = await use(stream).ConfigureAwait(false);
            if (end.Refusal is { } refusal)
            {
                Refuse(refusal);
                return refusal;
            }

            if (!_withdrawn.IsCancellationRequested)
            {
                ControlLog.StreamEnded(_context.Logger, kind, _role, _endpoint.Name);
            }
        }
        catch (QuicException exception) when (exception.QuicError == QuicError.StreamAborted && IsRefusal(exception.ApplicationErrorCode))
        {
            ProtocolErrorCode code = ProtocolErrors.FromCloseCode(exception.ApplicationErrorCode.GetValueOrDefault());
            ProtocolException refusal = new(code, $"the stream was reset with {code}", exception);
            Refuse(refusal);
            return refusal;
        }
        catch (QuicException exception) when (!_connection.Quic.IsClosed)
        {
            ControlLog.StreamFailed(_context.Logger, kind, _role, _endpoint.Name, exception.Message);
        }
        catch (ProtocolException exception)
        {
            stream.Abort(QuicAbortDirection.Both, ProtocolErrorCode.Unknown.ToCloseCode());
            ControlLog.StreamFailed(_context.Logger, kind, _role, _endpoint.Name, exception.Message);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or QuicException))
        {
            // What a list contains must not end the loop that the next list comes through.
            stream.Abort(QuicAbortDirection.Both, ProtocolErrorCode.Unknown.ToCloseCode());
            ControlLog.EndpointFault(_context.Logger, _role, _endpoint.Name, exception);
        }

        return null;
    }

    private static bool IsRefusal(long? code) => code is { } given && ProtocolErrors.FromCloseCode(given) is
        ProtocolErrorCode.EndpointNotAllowed or ProtocolErrorCode.RoleNotAllowed
        or ProtocolErrorCode.AnnounceValidationFailed or ProtocolErrorCode.AnnounceInvalidClientCertificate or ProtocolErrorCode.AnnounceInvalidServerCertificate
        or ProtocolErrorCode.RelayValidationFailed or ProtocolErrorCode.RelayInvalidCertificate;

    private void Refuse(ProtocolException refusal)
    {
        ControlLog.EndpointRefused(_context.Logger, _role, _endpoint.Name, refusal.Message);
        lock (_oneCallAtATime)
        {
            if (!_stopped.IsCancellationRequested)
            {
                _endpoint.SetRefused(refusal);
            }
        }
    }

    private async Task<StreamEnd> AnnounceAsync(QuicStream stream)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
        Task writing = WriteAnnouncementsAsync(stream, either.Token);
        try
        {
            Task<StreamEnd> reading = ReadAsync(stream, TakePeers, either.Token);
            await Task.WhenAny(writing, reading).ConfigureAwait(false);
            if (writing.IsFaulted && !reading.IsCompleted)
            {
                // The server takes no more; reading should say why.
                await Task.WhenAny(reading, _context.Clock.PauseAsync(s_withdrawalTime, either.Token)).ConfigureAwait(false);
                if (!reading.IsCompleted)
                {
                    await writing.ConfigureAwait(false);
                }
            }

            return await reading.ConfigureAwait(false);
        }
        finally
        {
            await either.CancelAsync().ConfigureAwait(false);
            await QuietTasks.QuietlyAsync(writing).ConfigureAwait(false);
        }
    }

    private async Task WriteAnnouncementsAsync(QuicStream stream, CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_withdrawn.Token, cancellationToken);
        Peer? sent = null;
        while (true)
        {
            Peer peer = Describe();
            if (!peer.Equals(sent))
            {
                sent = peer;
                ControlLog.Announced(_context.Logger, _role, _endpoint.Name, peer.Directs.Count, peer.RelayIds.Count);
                Request.Types.Announce announce = new() { Endpoint = new Endpoint { Name = _endpoint.Name }, Role = _endpoint.Role, Peer = peer };
                await MessageFraming.WriteAsync(stream, new Request { Announce = announce }, _connection.Generation, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                await _changed.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                stream.CompleteWrites();
                return;
            }
        }
    }

    /// <summary>What this endpoint announces right now; always the whole of it.</summary>
    private Peer Describe()
    {
        Peer peer = new()
        {
            ServerCertificate = ByteString.CopyFrom(_endpoint.Identity.Server.Certificate.Span),
            ClientCertificate = ByteString.CopyFrom(_endpoint.Identity.Client.Certificate.Span),
        };
        if (_endpoint.Route != ConnetRoute.Relay)
        {
            peer.Directs.Add(_addresses.ToMessages());
        }

        if (_endpoint.Route != ConnetRoute.Direct)
        {
            peer.RelayIds.Add(_endpoint.RelayIds.Order(StringComparer.Ordinal));
        }

        peer.RelayEncryptions.Add(_endpoint.RelayEncryptions);
        return peer;
    }

    private async Task<StreamEnd> AskForRelaysAsync(QuicStream stream)
    {
        Request.Types.Relay relay = new()
        {
            Endpoint = new Endpoint { Name = _endpoint.Name },
            Role = _endpoint.Role,
            ClientCertificate = ByteString.CopyFrom(_endpoint.Identity.Client.Certificate.Span),
        };
        await MessageFraming.WriteAsync(stream, new Request { Relay = relay }, _connection.Generation, _stopped.Token).ConfigureAwait(false);
        using CancellationTokenRegistration end = _withdrawn.Token.UnsafeRegister(static state => ((QuicStream)state!).CompleteWrites(), stream);
        return await ReadAsync(stream, TakeRelays, _stopped.Token).ConfigureAwait(false);
    }

    /// <summary>Takes the server's lists until it ends the stream or answers with an error.</summary>
    private async Task<StreamEnd> ReadAsync(QuicStream stream, Action<Response> take, CancellationToken cancellationToken)
    {
        while (await MessageFraming.TryReadAsync(stream, Response.Parser, _connection.Generation, cancellationToken).ConfigureAwait(false) is { } response)
        {
            if (response.Error is { } error)
            {
                return new StreamEnd(error.ToException());
            }

            lock (_oneCallAtATime)
            {
                if (!_stopped.IsCancellationRequested)
                {
                    take(response);
                }
            }
        }

        return default;
    }

    private void TakePeers(Response response)
    {
        IReadOnlyList<RemotePeer> peers = ListLimits.Take(response.Announce ?? throw NotAnAnswer("an announcement"), _endpoint.Name, _context.Logger);
        bool isFirst = !_hadPeers;
        _hadPeers = true;
        _endpoint.SetPeers(peers, isFirst);
    }

    private void TakeRelays(Response response)
    {
        IReadOnlyList<Relay> relays = ListLimits.Take(response.Relay ?? throw NotAnAnswer("a request for relays"), _endpoint.Name, _context.Logger);
        bool isFirst = !_hadRelays;
        _hadRelays = true;
        _endpoint.SetRelays(relays, isFirst);
    }

    private static ProtocolException NotAnAnswer(string question) =>
        new(ProtocolErrorCode.RequestUnknown, $"What the control server sent is no answer to {question}.");
}
