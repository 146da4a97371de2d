namespace Connet.Benchmarks.Transports;

/// <summary>One end of whatever carries the streams of a run.</summary>
internal abstract class BenchmarkTransport : IAsyncDisposable
{
    /// <summary>Packets sent and received so far; none where the system does not say.</summary>
    public abstract (long Sent, long Received) Packets { get; }

    /// <summary>More about the connection, for the curious.</summary>
    public abstract string Details { get; }

    public abstract Task<Stream> OpenAsync();

    public abstract Task<Stream> AcceptAsync();

    /// <summary>Ends the writing side of a stream.</summary>
    public abstract void CompleteWrites(Stream stream);

    /// <summary>Sends a datagram; false if it was not taken.</summary>
    /// <exception cref="NotSupportedException">The transport has streams only.</exception>
    public virtual bool SendDatagram(ReadOnlySpan<byte> payload) => throw new NotSupportedException("This transport has no datagrams.");

    /// <summary>Waits for a datagram and returns its length.</summary>
    /// <exception cref="NotSupportedException">The transport has streams only.</exception>
    public virtual ValueTask<int> ReceiveDatagramAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        throw new NotSupportedException("This transport has no datagrams.");

    public abstract ValueTask DisposeAsync();
}
