using Connet.Client.Diagnostics;
using Connet.Protocol;
using Connet.Quic;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Peers;

/// <summary>
/// A connection over which streams of one endpoint go: to a peer, or to a relay. It counts its streams, so that a path that is no longer
/// wanted can end when they have.
/// </summary>
internal sealed class PeerPath
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private int _openStreams;
    private Ending? _ending;
    private ITimer? _limit;
    private ITimer? _answer;
    private long _drainSince;
    private TimeSpan _drainTime;
    private long _unansweredAt = -1;
    private int _encryption = -1;

    /// <param name="connection">The connection, ready for streams.</param>
    /// <param name="kind">What it leads to.</param>
    /// <param name="id">The peer, or the relay, as the control server names it.</param>
    /// <param name="clock">Bounds the end of the path.</param>
    public PeerPath(QuicConnection connection, ConnetPathKind kind, string id, TimeProvider clock)
    {
        Connection = connection;
        Kind = kind;
        Id = id;
        _clock = clock;
        Generation = Alpn.GetGeneration(
            kind == ConnetPathKind.Direct ? ConnectionKind.Peer : ConnectionKind.RelayClients, connection.NegotiatedApplicationProtocol);
    }

    public QuicConnection Connection { get; }

    public ConnetPathKind Kind { get; }

    public string Id { get; }

    public ProtocolGeneration Generation { get; }

    /// <summary>The peer at the other end of a direct path.</summary>
    public KnownPeer? Peer { get; init; }

    /// <summary>The connections over a path through a relay whose peer is not known, as load balancing counts them.</summary>
    public PeerLoad Unknown { get; } = new();

    /// <summary>Whether new streams may be opened and accepted.</summary>
    public bool IsUsable => Volatile.Read(ref _ending) is null && !Connection.IsClosed;

    public int OpenStreams => Volatile.Read(ref _openStreams);

    /// <summary>Whether nothing has arrived since the path left a dial without an answer.</summary>
    public bool IsSilent
    {
        get
        {
            long at = Interlocked.Read(ref _unansweredAt);
            return at >= 0 && Connection.GetStatistics().PacketsReceived == at;
        }
    }

    /// <summary>How the latest stream was encrypted between the clients; null before the first.</summary>
    public ConnetPathEncryption? Encryption
    {
        get => Kind == ConnetPathKind.Direct ? ConnetPathEncryption.Quic : Volatile.Read(ref _encryption) is var scheme and >= 0 ? (ConnetPathEncryption)scheme : null;
        set => Volatile.Write(ref _encryption, (int?)value ?? -1);
    }

    /// <summary>Opens a stream, which counts until it is released.</summary>
    /// <returns>Null if the path is no longer usable, or the other side permits no further stream now.</returns>
    public QuicStream? TryOpen()
    {
        if (!TryEnter())
        {
            return null;
        }

        QuicStream? stream = Connection.TryOpenOutboundStream(QuicStreamType.Bidirectional);
        if (stream is null)
        {
            Release();
        }

        return stream;
    }

    /// <summary>Counts a stream that the other side has opened.</summary>
    /// <returns>False if the path takes no new streams.</returns>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_ending is not null)
            {
                return false;
            }

            _openStreams++;
            return true;
        }
    }

    /// <summary>Counts a stream no longer.</summary>
    public void Release()
    {
        bool last;
        lock (_lock)
        {
            last = --_openStreams == 0 && _ending is not null;
        }

        if (last)
        {
            Close();
        }
    }

    /// <summary>Counts a disposed stream no longer once its last bytes have arrived.</summary>
    public void ReleaseWhenWritten(QuicStream stream)
    {
        if (stream.WritesClosed.IsCompleted)
        {
            Release();
        }
        else
        {
            _ = WaitAsync();
        }

        async Task WaitAsync()
        {
            await stream.WritesClosed.ConfigureAwait(false);
            Release();
        }
    }

    /// <summary>A stream goes unencrypted through the relay; said once, until one is encrypted.</summary>
    public void NotePlain(ILogger logger, string endpoint)
    {
        if (Encryption != ConnetPathEncryption.None)
        {
            Encryption = ConnetPathEncryption.None;
            PeerLog.PlainStream(logger, endpoint, Id);
        }
    }

    /// <summary>A dial has waited in vain.</summary>
    public void MarkUnanswered()
    {
        Interlocked.Exchange(ref _unansweredAt, Connection.GetStatistics().PacketsReceived);

        // A peer that has lost its state answers a packet with a stateless reset.
        Connection.Ping();
    }

    /// <summary>
    /// Takes no new streams, and closes when the open ones have ended, the limit is over, or the other side turns out to be dead: its streams
    /// would wait for the idle timeout.
    /// </summary>
    public void Drain(ProtocolErrorCode code, string reason, TimeSpan limit)
    {
        bool waits;
        bool isFirst = false;
        lock (_lock)
        {
            _ending ??= new Ending(code, reason);
            waits = _openStreams > 0 && limit > TimeSpan.Zero;
            if (waits)
            {
                isFirst = _limit is null;

                // The earliest limit holds: an endpoint that stops does not wait for as long as a peer that is gone was given.
                if (_limit is null || limit < _drainTime - _clock.GetElapsedTime(_drainSince))
                {
                    _limit?.Dispose();
                    (_drainSince, _drainTime) = (_clock.GetTimestamp(), limit);
                    _limit = _clock.CreateTimer(static path => ((PeerPath)path!).Close(), this, limit, Timeout.InfiniteTimeSpan);
                }
            }
        }

        if (!waits)
        {
            Close();
        }
        else if (isFirst)
        {
            CloseUnlessAnswered();
        }
    }

    /// <summary>Closes at once.</summary>
    public void Close(ProtocolErrorCode code, string reason) => Drain(code, reason, TimeSpan.Zero);

    /// <summary>The path at this instant.</summary>
    public ConnetPathStatus GetStatus()
    {
        QuicConnectionStatistics statistics = Connection.GetStatistics();
        return new ConnetPathStatus
        {
            Kind = Kind,
            RemoteEndPoint = Connection.RemoteEndPoint,
            Id = Id,
            RoundTripTime = statistics.SmoothedRtt,
            BytesSent = statistics.BytesSent,
            BytesReceived = statistics.BytesReceived,
            OpenConnections = OpenStreams,
            Encryption = Encryption,
        };
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Kind == ConnetPathKind.Direct ? $"the direct path to peer {Id} at {Connection.RemoteEndPoint}" : $"the path through relay {Id}";

    /// <summary>
    /// Asks again as long as answers come: what arrived may have been on its way before the other side died, or it may die later.
    /// </summary>
    private void CloseUnlessAnswered()
    {
        long received = Connection.GetStatistics().PacketsReceived;
        Connection.Ping();
        ITimer answer = _clock.CreateTimer(_ => CloseIfSilent(received), null, PeerTransport.DrainAnswer, Timeout.InfiniteTimeSpan);
        lock (_lock)
        {
            _answer?.Dispose();
            _answer = answer;
        }
    }

    private void CloseIfSilent(long received)
    {
        if (Connection.IsClosed)
        {
            return;
        }

        if (Connection.GetStatistics().PacketsReceived == received)
        {
            Close();
        }
        else
        {
            CloseUnlessAnswered();
        }
    }

    private void Close()
    {
        Ending? ending;
        lock (_lock)
        {
            ending = _ending;
            _limit?.Dispose();
            _answer?.Dispose();
        }

        // Waits for nobody, and cannot fail.
        _ = Connection.CloseAsync(ending?.Code.ToCloseCode() ?? 0, ending?.Reason ?? string.Empty).AsTask();
    }

    private sealed record Ending(ProtocolErrorCode Code, string Reason);
}
