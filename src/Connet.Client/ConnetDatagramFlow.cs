using System.Buffers;
using System.Net;
using Connet.Client.Diagnostics;
using Connet.Client.Endpoints;
using Connet.Client.Peers;
using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Client;

/// <summary>
/// Datagrams between a source and a destination, in both directions, as over UDP: each arrives whole or not at all, some may get lost and some may
/// overtake others, and whoever sends too fast loses some. All members are thread safe, but for receiving: one call at a time.
/// </summary>
/// <remarks>
/// On a direct path a datagram travels in a packet of its own and is not sent again. Through a relay, and where it is too large for a packet, it goes over a
/// stream, on which what is lost is sent again and what comes after it waits.
/// </remarks>
public sealed class ConnetDatagramFlow : IAsyncDisposable, IDatagramTunnel
{
    /// <summary>The longest datagram, in bytes. UDP itself has 65,507 at most.</summary>
    public const int MaxDatagramLength = ushort.MaxValue;

    /// <summary>How long disposal waits until what was sent before is on its way.</summary>
    private static readonly TimeSpan s_flushTime = TimeSpan.FromSeconds(1);

    private readonly ConnetConnection _connection;
    private readonly PeerEndpoint _endpoint;
    private readonly DatagramQueue _received;
    private readonly DatagramQueue _toSend = DatagramQueue.ForFlow();
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private readonly Task<bool> _writing;
    private long _framesSent;
    private long _dropped;
    private long _queued;
    private long _taken;
    private int _isDisposed;

    /// <param name="connection">What the other side has confirmed to be a flow. It has a queue if its path takes frames.</param>
    /// <param name="endpoint">Whose it is.</param>
    internal ConnetDatagramFlow(ConnetConnection connection, PeerEndpoint endpoint)
    {
        _connection = connection;
        _endpoint = endpoint;
        _received = connection.Received ?? DatagramQueue.ForFlow();

        // Elsewhere: who floods the stream must not hold up whoever opens the flow.
        _reading = Task.Run(ReadAsync);
        _writing = WriteAsync();
    }

    /// <summary>How the datagrams travel.</summary>
    public ConnetPathKind PathKind => _connection.PathKind;

    /// <summary>Whether the datagrams are readable to nobody but the two clients: always on a direct path, through a relay if it was negotiated.</summary>
    public bool IsEncrypted => _connection.IsEncrypted;

    /// <summary>The other client, as the control server names it; null where a relay chose the client and the flow is not encrypted.</summary>
    public string? PeerId => _connection.PeerId;

    /// <summary>The address of this client's socket.</summary>
    public EndPoint LocalEndPoint => _connection.LocalEndPoint;

    /// <summary>The address of the other client, or of the relay.</summary>
    public EndPoint RemoteEndPoint => _connection.RemoteEndPoint;

    /// <summary>The smoothed round-trip time to the other client, or to the relay.</summary>
    public TimeSpan RoundTripTime => _connection.RoundTripTime;

    /// <summary>Completes when the flow has ended, whoever ended it; it never fails. Dispose the flow then.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Sends a datagram, or drops it; never waits.</summary>
    /// <param name="datagram">The datagram; 0 to <see cref="MaxDatagramLength"/> bytes. It is copied.</param>
    /// <returns>False if it was dropped on this side: the path is behind, or the flow has ended. True promises nothing about its arrival.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The datagram is too long.</exception>
    public bool TrySend(ReadOnlySpan<byte> datagram)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(datagram.Length, MaxDatagramLength, nameof(datagram));
        if (_closed.Task.IsCompleted || Volatile.Read(ref _isDisposed) != 0)
        {
            Interlocked.Increment(ref _dropped);
            return false;
        }

        if (TrySendFrame(datagram) is { } isTaken)
        {
            Interlocked.Increment(ref (isTaken ? ref _framesSent : ref _dropped));
            return isTaken;
        }

        if (!_toSend.TryAdd(datagram))
        {
            return false;
        }

        Interlocked.Increment(ref _queued);
        return true;
    }

    /// <summary>Takes the next datagram, waiting for one.</summary>
    /// <param name="buffer">Where it goes. What does not fit is cut off, as with a socket: <see cref="MaxDatagramLength"/> bytes fit everything.</param>
    /// <param name="cancellationToken">Gives up the wait; nothing is lost by it.</param>
    /// <returns>How many bytes it has, which may be 0; null when the flow has ended, whoever ended it.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<int?> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        IDatagramTunnel tunnel = this;
        while (await tunnel.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            if (tunnel.TryReceive(buffer.Span, out int length))
            {
                return length;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    ValueTask<bool> IDatagramTunnel.WaitAsync(CancellationToken cancellationToken) => _received.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    bool IDatagramTunnel.TryReceive(Span<byte> buffer, out int length)
    {
        bool isTaken = _received.TryTake(buffer, out length);
        Interlocked.Add(ref _taken, isTaken ? 1 : 0);
        return isTaken;
    }

    /// <summary>What went over the flow until now.</summary>
    /// <returns>A snapshot.</returns>
    public ConnetDatagramStatistics GetStatistics() => new(
        Interlocked.Read(ref _framesSent) + Interlocked.Read(ref _queued),
        Interlocked.Read(ref _dropped) + _toSend.Dropped,
        Interlocked.Read(ref _taken) + _received.Count,
        _received.Dropped);

    /// <inheritdoc/>
    public override string ToString() => $"{PathKind} flow of datagrams with {PeerId ?? RemoteEndPoint.ToString()}";

    /// <summary>Ends the flow for both sides. What was sent before is on its way then, but on a direct path its end may overtake the last datagrams.</summary>
    /// <returns>A task that completes when nothing of it is left; where the path is behind, a second later.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            await _disposed.Task.ConfigureAwait(false);
            return;
        }

        _toSend.Complete();
        await _endpoint.Clock.WaitUpToAsync(_writing, s_flushTime, CancellationToken.None).ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        if (!await _writing.ConfigureAwait(false))
        {
            // An orderly end would follow half a datagram.
            _connection.Abort(0);
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
        _ending.Dispose();
        _disposed.SetResult();
    }

    /// <returns>Whether the path has taken the datagram as a frame; null if it goes over the stream.</returns>
    private bool? TrySendFrame(ReadOnlySpan<byte> datagram)
    {
        if (PathKind != ConnetPathKind.Direct)
        {
            return null;
        }

        long id = _connection.QuicStream.Id;
        QuicConnection path = _connection.Path.Connection;
        if (path.IsClosed)
        {
            // Which the stream is about to tell.
            return false;
        }

        if (FlowId.LengthOf(id) + datagram.Length > path.MaxDatagramPayload)
        {
            return null;
        }

        byte[] frame = ArrayPool<byte>.Shared.Rent(FlowId.MaxLength + datagram.Length);
        try
        {
            int length = FlowId.Write(frame, id);
            datagram.CopyTo(frame.AsSpan(length));
            return path.SendDatagram(frame.AsSpan(0, length + datagram.Length)) switch
            {
                QuicDatagramResult.Queued => true,
                QuicDatagramResult.QueueFull => false,
                _ => null,
            };
        }
        catch (QuicException)
        {
            // The path is lost, which ends the flow at any moment.
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            await new DatagramReader(_connection, _received).RunAsync(_ending.Token).ConfigureAwait(false);
            End("the other side has ended it");
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            End(exception is IOException ? exception.Message : "it was ended on this side");
        }
    }

    /// <returns>Whether the stream is at the end of a datagram.</returns>
    private async Task<bool> WriteAsync()
    {
        try
        {
            await new DatagramWriter(_connection, _toSend).RunAsync(_ending.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            if (exception is IOException)
            {
                // Who reads no more has ended the flow.
                End(exception.Message);
                await _ending.CancelAsync().ConfigureAwait(false);
            }

            return false;
        }
    }

    private void End(string reason)
    {
        _received.Complete();
        _toSend.Complete();
        if (_closed.TrySetResult())
        {
            ConnetDatagramStatistics total = GetStatistics();
            PeerLog.FlowEnded(
                _endpoint.Network.Context.Logger, _endpoint.ToString(), _connection.Path.ToString(), total.Sent, total.SendsDropped, total.Received, total.ReceivesDropped, reason);
        }
    }
}
