using System.Buffers;
using System.Collections.Concurrent;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>
/// Hands the DATAGRAM frames of a direct path to the flows that they are for. A flow is known here before its request, or its answer, is sent, so none
/// of its frames comes too early: those that overtake the answer wait in the queue of the flow. Frames of no flow are dropped.
/// </summary>
internal sealed class DatagramRouter(QuicConnection connection)
{
    private readonly ConcurrentDictionary<long, DatagramQueue> _flows = [];
    private int _isRunning;

    /// <summary>Takes the frames of a stream from now on.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="queue">Where its datagrams go.</param>
    /// <param name="tasks">Runs what reads from the path, from the first flow to the end of the path.</param>
    public void Add(long streamId, DatagramQueue queue, BackgroundTasks tasks)
    {
        _flows[streamId] = queue;
        if (Interlocked.Exchange(ref _isRunning, 1) == 0)
        {
            // Elsewhere: who floods the path must not hold up whoever opens the flow.
            tasks.Run(() => Task.Run(RunAsync));
        }
    }

    /// <summary>Drops the frames of a stream from now on.</summary>
    public void Remove(long streamId) => _flows.TryRemove(streamId, out _);

    private async Task RunAsync()
    {
        // The largest frame that a connection may take (RFC 9221 section 3).
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            while (true)
            {
                int length = await connection.ReceiveDatagramAsync(buffer).ConfigureAwait(false);
                Route(buffer.AsSpan(0, length));
            }
        }
        catch (QuicException)
        {
            // The path has ended.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Route(ReadOnlySpan<byte> frame)
    {
        int length = FlowId.Read(frame, out long id);
        if (length > 0 && _flows.TryGetValue(id, out DatagramQueue? queue))
        {
            queue.TryAdd(frame[length..]);
        }
    }
}
