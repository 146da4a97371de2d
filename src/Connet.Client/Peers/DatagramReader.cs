using System.Buffers;
using System.Buffers.Binary;

namespace Connet.Client.Peers;

/// <summary>
/// Takes the datagrams out of a flow's stream, each of which has its length in two bytes in front (protocol.md section 10), and drops those that
/// nobody has room for: a reader that is slow must not get what is minutes old.
/// </summary>
internal sealed class DatagramReader(Stream content, DatagramQueue queue)
{
    /// <summary>What an idle flow holds: most have all of their datagrams in frames of the path, and nothing here.</summary>
    private const int SmallBuffer = 4 * 1024;

    private const int LargeBuffer = 64 * 1024;
    private const int LengthField = 2;

    /// <summary>Reads to the end of the stream. An end in the middle of a datagram is an end.</summary>
    /// <exception cref="IOException">The stream was reset, the path was lost, or the bytes are not what the other side sent.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SmallBuffer);
        try
        {
            int filled = 0;
            while (true)
            {
                int read = await content.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return;
                }

                filled += read;
                bool wasFull = filled == buffer.Length;
                int taken = TakeWhole(buffer.AsSpan(0, filled), out int wanted);
                filled -= taken;
                byte[] next = buffer;
                if (wanted > buffer.Length || (wasFull && buffer.Length < LargeBuffer))
                {
                    next = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, LargeBuffer));
                }
                else if (filled == 0 && read < SmallBuffer && buffer.Length >= LargeBuffer)
                {
                    next = ArrayPool<byte>.Shared.Rent(SmallBuffer);
                }

                buffer.AsSpan(taken, filled).CopyTo(next);
                if (next != buffer)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = next;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Queues the datagrams that are here in full.</summary>
    /// <param name="bytes">From the beginning of a datagram on.</param>
    /// <param name="wanted">How long the first datagram is that is not here in full, with its length.</param>
    /// <returns>How many bytes they were.</returns>
    private int TakeWhole(ReadOnlySpan<byte> bytes, out int wanted)
    {
        int taken = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = bytes[taken..];
            wanted = rest.Length < LengthField ? LengthField : LengthField + BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (rest.Length < wanted)
            {
                return taken;
            }

            queue.TryAdd(rest[LengthField..wanted]);
            taken += wanted;
        }
    }
}
