using System.Buffers;
using System.Buffers.Binary;

namespace Connet.Client.Peers;

/// <summary>Writes the datagrams of a queue to a flow's stream, each with its length in two bytes in front (protocol.md section 10).</summary>
internal sealed class DatagramWriter(Stream content, DatagramQueue queue)
{
    /// <summary>One datagram of any length, or as many small ones: what is written at once costs one frame of the encryption.</summary>
    private const int LargestWrite = LengthField + ushort.MaxValue;

    private const int LengthField = 2;

    /// <summary>Writes until the queue is complete and empty.</summary>
    /// <exception cref="IOException">The other side reads no more, or the path was lost.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the last datagram may have been written in part.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await queue.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            queue.TryPeek(out int first);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(LengthField + first, Math.Min(queue.FramedLength, LargestWrite)));
            try
            {
                await content.WriteAsync(buffer.AsMemory(0, Fill(buffer)), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private int Fill(Span<byte> buffer)
    {
        int filled = 0;
        while (queue.TryPeek(out int length) && filled + LengthField + length <= buffer.Length)
        {
            queue.TryTake(buffer[(filled + LengthField)..], out _);
            BinaryPrimitives.WriteUInt16BigEndian(buffer[filled..], (ushort)length);
            filled += LengthField + length;
        }

        return filled;
    }
}
