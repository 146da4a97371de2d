using Connet.Protocol.Forwarding;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>A <see cref="ConnetConnection"/> as one end of a forwarding: ends and resets cross it with their codes.</summary>
internal sealed class ConnectionChannel(ConnetConnection connection) : IDuplexChannel
{
    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => connection.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => connection.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        connection.CompleteWrites();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void AbortReads(long code) => connection.QuicStream.Abort(QuicAbortDirection.Read, code);

    /// <inheritdoc/>
    public void AbortWrites(long code) => connection.QuicStream.Abort(QuicAbortDirection.Write, code);

    /// <inheritdoc/>
    public long CodeOf(Exception failure) => failure is ConnetConnectionException { ErrorCode: { } code } ? code : 0;
}
