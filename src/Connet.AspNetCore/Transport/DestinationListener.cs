using System.Net;
using System.Threading.Channels;
using Connet.AspNetCore.Diagnostics;
using Connet.Client;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Connet.AspNetCore.Transport;

/// <summary>
/// Accepts from a destination. Requests are answered beside one another: an answer may take round trips, and one that is slow must not hold up the next.
/// </summary>
internal sealed class DestinationListener : IConnectionListener
{
    private readonly ConnetDestinationEndPoint _endPoint;
    private readonly ILogger _logger;
    private readonly ConnectionSlots _slots;
    private readonly Channel<DestinationConnection> _accepted = Channel.CreateUnbounded<DestinationConnection>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _answering = 1;
    private bool _isDisposed;

    private DestinationListener(ConnetDestinationEndPoint endPoint, ILogger logger)
    {
        _endPoint = endPoint;
        _logger = logger;
        _slots = new ConnectionSlots(endPoint.Destination.Name, Math.Max(1, endPoint.MaxConnections), logger);
    }

    public EndPoint EndPoint => _endPoint;

    /// <summary>Begins to accept.</summary>
    public static DestinationListener Of(ConnetDestinationEndPoint endPoint, ILogger logger)
    {
        DestinationListener listener = new(endPoint, logger);
        _ = Task.Run(listener.TakeAsync);
        return listener;
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _accepted.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _stopping.Cancel();
            }
        }

        // Whatever the token says: what was being answered has been told to stop.
        await _answered.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync(CancellationToken.None).ConfigureAwait(false);
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        while (_accepted.Reader.TryRead(out DestinationConnection? left))
        {
            left.Abort(new ConnectionAbortedException("The application stops."));
            await left.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
        _slots.Dispose();
    }

    private async Task TakeAsync()
    {
        try
        {
            while (true)
            {
                await _slots.ReserveAsync(_stopping.Token).ConfigureAwait(false);
                ConnetConnectionRequest request = await _endPoint.Destination.AcceptRequestAsync(_stopping.Token).ConfigureAwait(false);
                lock (_lock)
                {
                    _answering++;
                }

                _ = Task.Run(() => AnswerAsync(request));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // Stopped, or the destination was disposed first.
        }
#pragma warning disable CA1031 // Nobody awaits this: whatever ends the listener must be heard of.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            AspNetCoreLog.AcceptFailed(_logger, exception, _endPoint.Destination.Name);
        }

        LeaveOne();
    }

    private async Task AnswerAsync(ConnetConnectionRequest request)
    {
        try
        {
            await using (request.ConfigureAwait(false))
            {
                ConnetConnection connection = await request.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                _accepted.Writer.TryWrite(new DestinationConnection(connection, _slots.Release));
            }
        }
#pragma warning disable CA1031 // The source has gone, or the listener stops; anything else must not end the listener either.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            AspNetCoreLog.NotAccepted(_logger, _endPoint.Destination.Name, exception.Message);
            _slots.Release();
        }

        LeaveOne();
    }

    /// <summary>The last to leave, be it the one who takes or one who answers, ends the listener.</summary>
    private void LeaveOne()
    {
        lock (_lock)
        {
            if (--_answering > 0)
            {
                return;
            }
        }

        _accepted.Writer.TryComplete();
        _answered.TrySetResult();
    }
}
