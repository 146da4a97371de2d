using Connet.Protocol.Encryption.Tls;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>A stream of a path as TLS sees it.</summary>
internal sealed class QuicTlsTransport(QuicStream stream) : ITlsTransport
{
    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool isLast, CancellationToken cancellationToken) =>
        stream.WriteAsync(buffer, isLast, cancellationToken);

    /// <inheritdoc/>
    public void AbortReads(long code) => stream.Abort(QuicAbortDirection.Read, code);

    /// <inheritdoc/>
    public void AbortWrites(long code) => stream.Abort(QuicAbortDirection.Write, code);

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}
