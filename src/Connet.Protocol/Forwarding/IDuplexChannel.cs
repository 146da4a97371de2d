namespace Connet.Protocol.Forwarding;

/// <summary>One end of a connection of bytes, whose two directions end separately. One read and one write may be under way at once.</summary>
internal interface IDuplexChannel
{
    /// <summary>Reads what has arrived, waiting for the first byte.</summary>
    /// <returns>How many bytes were read; 0 when the other side has ended its direction in order.</returns>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all of the buffer, waiting while the other side does not read.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Ends the writing direction in order: the other side reads everything, and then the end.</summary>
    ValueTask CompleteWritesAsync(CancellationToken cancellationToken);

    /// <summary>Tells the other side that nothing more will be read.</summary>
    void AbortReads(long code);

    /// <summary>Ends the writing direction at once; the other side learns that it is no orderly end.</summary>
    void AbortWrites(long code);

    /// <summary>The code to pass on for a failure of this end: the one that its other side gave, 0 if it gave none.</summary>
    long CodeOf(Exception failure);
}
