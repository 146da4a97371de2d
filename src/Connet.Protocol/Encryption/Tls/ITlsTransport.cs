namespace Connet.Protocol.Encryption.Tls;

/// <summary>The stream below a <see cref="TlsRelayStream"/>, whose two directions end separately. One read and one write may be under way at once.</summary>
internal interface ITlsTransport : IDisposable
{
    /// <summary>Reads what has arrived, waiting for the first byte.</summary>
    /// <returns>How many bytes were read; 0 at the end of the stream.</returns>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all of the buffer, waiting while the other side does not read.</summary>
    /// <param name="buffer">What to write.</param>
    /// <param name="isLast">Whether the stream ends with these bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool isLast, CancellationToken cancellationToken);

    /// <summary>Tells the other side that nothing more will be read.</summary>
    void AbortReads(long code);

    /// <summary>Ends the writing direction at once; the other side learns that it is no orderly end.</summary>
    void AbortWrites(long code);
}
