using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Control.Sessions;

/// <summary>
/// The writing side of a stream on which the server pushes: each time something changed, the newest state. Nothing is queued while
/// the peer does not read.
/// </summary>
internal sealed class ResponseWriter(QuicStream stream)
{
    private byte[]? _last;
    private volatile bool _ending;

    /// <summary>Set it when there may be something new to send.</summary>
    public WakeSignal Changed { get; } = new();

    /// <summary>Ends the stream after what is being written, with one more message or none.</summary>
    public void End(byte[]? last)
    {
        _last = last;
        _ending = true;
        Changed.Set();
    }

    /// <summary>Writes until <see cref="End"/>.</summary>
    /// <param name="next">The next frame to write, null if the peer has been told everything.</param>
    /// <param name="cancellationToken">Ends it, perhaps inside a frame: the stream must be reset then.</param>
    /// <exception cref="QuicException">The peer does not want to read any more, or the connection has ended.</exception>
    public async Task RunAsync(Func<byte[]?> next, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            while (!_ending && next() is { } frame)
            {
                await stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
            }

            if (_ending)
            {
                await stream.WriteAsync(_last ?? [], completeWrites: true, cancellationToken).ConfigureAwait(false);
                return;
            }
        }
    }
}
