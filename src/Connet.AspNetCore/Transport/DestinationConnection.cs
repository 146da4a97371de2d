using System.IO.Pipelines;
using Connet.Client;
using Microsoft.AspNetCore.Connections;

namespace Connet.AspNetCore.Transport;

/// <summary>
/// A connection of a destination as Kestrel serves connections. Unlike with its sockets, the orderly end of what a source sends is no sign that the source
/// has gone: it may have said everything and wait for the answer. A reset is.
/// </summary>
internal sealed class DestinationConnection : DefaultConnectionContext, IConnetConnectionFeature
{
    /// <summary>A plain close (protocol.md section 3).</summary>
    private const long PlainCode = 0;

    /// <summary>What an idle connection holds.</summary>
    private const int SmallRead = 4 * 1024;

    /// <summary>What a busy one takes, and what is written at a time.</summary>
    private const int LargeBlock = 32 * 1024;

    /// <summary>What may wait to be read by the application, or to be sent, before the other side is held back.</summary>
    private const int PauseThreshold = 128 * 1024;

    private readonly ConnetConnection _connection;
    private readonly Action _released;
    private readonly Pipe _input = new(Options(SmallRead));
    private readonly Pipe _output = new(Options(LargeBlock));
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _lock = new();
    private readonly Task _receiving;
    private readonly Task _sending;
    private Task _announcing = Task.CompletedTask;
    private bool _isAborted;
    private bool _isDisposed;
    private int _disposals;

    /// <param name="connection">The connection, owned from here on.</param>
    /// <param name="released">Called once, when it has ended.</param>
    public DestinationConnection(ConnetConnection connection, Action released)
        : base(NewId())
    {
        _connection = connection;
        _released = released;
        Transport = new DuplexPipe(_input.Reader, _output.Writer);
        Application = new DuplexPipe(_output.Reader, _input.Writer);
        LocalEndPoint = connection.LocalEndPoint;
        RemoteEndPoint = connection.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Features.Set<IConnetConnectionFeature>(this);
        _receiving = Task.Run(ReceiveAsync);
        _sending = Task.Run(SendAsync);
    }

    public ConnetPathKind PathKind => _connection.PathKind;

    public bool IsEncrypted => _connection.IsEncrypted;

    public string? PeerId => _connection.PeerId;

    public TimeSpan RoundTripTime => _connection.RoundTripTime;

    public override void Abort(ConnectionAbortedException abortReason)
    {
        lock (_lock)
        {
            if (_isAborted || _isDisposed)
            {
                return;
            }

            _isAborted = true;
        }

        _connection.Abort(PlainCode);
        Announce();
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Increment(ref _disposals) > 1)
        {
            return;
        }

        // What was written is sent first; a source that does not read is waited for until the server aborts.
        await Transport.Input.CompleteAsync().ConfigureAwait(false);
        await Transport.Output.CompleteAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        lock (_lock)
        {
            _isDisposed = true;
        }

        await _announcing.ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _released();
        _ending.Dispose();
        _closed.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private static PipeOptions Options(int segment) =>
        new(pauseWriterThreshold: PauseThreshold, resumeWriterThreshold: PauseThreshold / 2, minimumSegmentSize: segment, useSynchronizationContext: false);

    private static string NewId() => $"connet-{Guid.NewGuid():N}";

    private async Task ReceiveAsync()
    {
        Exception? failure = null;
        try
        {
            int size = SmallRead;
            while (true)
            {
                int read = await _connection.ReadAsync(_input.Writer.GetMemory(size)[..size], _ending.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                _input.Writer.Advance(read);
                if ((await _input.Writer.FlushAsync(_ending.Token).ConfigureAwait(false)).IsCompleted)
                {
                    break;
                }

                size = read == size ? LargeBlock : SmallRead;
            }
        }
        catch (OperationCanceledException)
        {
            // The server is done with it.
        }
#pragma warning disable CA1031 // Passed on to the server, as the failure of its reads.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = new ConnectionResetException(exception.Message, exception);
            Announce();
        }

        await _input.Writer.CompleteAsync(failure).ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                ReadResult result = await _output.Reader.ReadAsync().ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> segment in result.Buffer)
                {
                    await _connection.WriteAsync(segment).ConfigureAwait(false);
                }

                _output.Reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }

            _connection.CompleteWrites();
        }
#pragma warning disable CA1031 // Passed on to the server, as the failure of its writes.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = new ConnectionResetException(exception.Message, exception);
            _connection.Abort(PlainCode);
            Announce();
        }

        await _output.Reader.CompleteAsync(failure).ConfigureAwait(false);
    }

    /// <summary>Tells the server, elsewhere: what it does then must not run under its own locks, nor in the middle of a loop of ours.</summary>
    private void Announce()
    {
        lock (_lock)
        {
            if (!_isDisposed && !_closed.IsCancellationRequested && _announcing.IsCompleted)
            {
                _announcing = Task.Run(_closed.Cancel);
            }
        }
    }

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
