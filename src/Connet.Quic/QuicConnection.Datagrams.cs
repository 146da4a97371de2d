using System.Runtime.CompilerServices;
using Connet.Quic.Core;

namespace Connet.Quic;

/// <content>Datagrams of the application inside the connection (RFC 9221).</content>
public sealed partial class QuicConnection
{
    /// <summary>
    /// The largest payload that <see cref="SendDatagram"/> takes right now, in bytes: as much as the peer takes and one packet carries.
    /// 0 if the peer takes no datagrams, or the connection has ended.
    /// </summary>
    /// <value>
    /// It grows while the path's size is found out, and may shrink: when the path changes, or comes to carry less. It is at least
    /// 1,150 bytes where the peer's limit is larger.
    /// </value>
    public int MaxDatagramPayload => _driver.MaxDatagramPayload;

    /// <summary>
    /// Sends a datagram to the peer's application, encrypted, acknowledged and congestion controlled like stream data, but sent once: it may be
    /// lost, or arrive out of order, though never twice and never in parts (RFC 9221). Never waits.
    /// </summary>
    /// <remarks>
    /// Datagrams and streams that both have something to send take turns. For datagrams beside QUIC, to any address, see
    /// <see cref="QuicEndpoint.SendDatagram"/>.
    /// </remarks>
    /// <param name="payload">The bytes, which are copied; may be empty.</param>
    /// <returns>Whether it was taken; and if it was not, why.</returns>
    /// <exception cref="QuicException">The connection ended.</exception>
    public QuicDatagramResult SendDatagram(ReadOnlySpan<byte> payload) => _driver.SendDatagram(payload) switch
    {
        DatagramSendResult.Queued => QuicDatagramResult.Queued,
        DatagramSendResult.TooLarge => QuicDatagramResult.TooLarge,
        DatagramSendResult.QueueFull => QuicDatagramResult.QueueFull,
        DatagramSendResult.NotSupported => QuicDatagramResult.NotSupported,
        _ => throw CloseException(),
    };

    /// <summary>
    /// Takes the next datagram that the peer sent in this connection, waiting for one. One call at a time. What had arrived when the
    /// peer closed the connection can be read afterwards.
    /// </summary>
    /// <remarks>
    /// Who reads too slowly loses the newest datagrams, not the oldest: see <see cref="QuicConnectionOptions.MaxQueuedDatagramBytes"/>. For
    /// datagrams beside QUIC see <see cref="QuicEndpoint.ReceiveDatagramAsync"/>.
    /// </remarks>
    /// <param name="buffer">
    /// Where the bytes go. <see cref="QuicConnectionOptions.MaxDatagramFrameSize"/> bytes are always enough.
    /// </param>
    /// <param name="cancellationToken">Gives up the wait; nothing is lost by it.</param>
    /// <returns>How many bytes the datagram has; 0 for an empty one.</returns>
    /// <exception cref="ArgumentException">The datagram is larger than the buffer. It is kept: call again with a larger one.</exception>
    /// <exception cref="InvalidOperationException">
    /// Another call is pending, or this side takes no datagrams since <see cref="QuicConnectionOptions.MaxDatagramFrameSize"/> was 0.
    /// </exception>
    /// <exception cref="QuicException">The connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveDatagramAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (_driver.ReadDatagram(buffer.Span, out int length))
            {
                case DatagramReadResult.Ok:
                    return length;
                case DatagramReadResult.Blocked:
                    await _driver.WaitDatagramAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case DatagramReadResult.BufferTooSmall:
                    throw new ArgumentException($"The next datagram has {length} bytes and the buffer {buffer.Length}: call again with a larger one.", nameof(buffer));
                case DatagramReadResult.NotOffered:
                    throw new InvalidOperationException("This side takes no datagrams: set MaxDatagramFrameSize in the options of the connection.");
                default:
                    throw CloseException();
            }
        }
    }
}
