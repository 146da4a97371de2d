using Connet.Client.Peers;

namespace Connet.Client.Endpoints;

/// <summary>A <see cref="ConnetConnection"/> as the inner side of a carried connection.</summary>
internal sealed class ConnectionTunnel(ConnetConnection connection) : ITunnel
{
    private readonly ConnectionChannel _channel = connection.AsDuplexChannel();

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _channel.ReadAsync(buffer, cancellationToken);

    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => _channel.WriteAsync(buffer, cancellationToken);

    public ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => _channel.CompleteWritesAsync(cancellationToken);

    public void AbortReads(long code) => _channel.AbortReads(code);

    public void AbortWrites(long code) => _channel.AbortWrites(code);

    public void Abort(long code) => connection.Abort(code);

    public long CodeOf(Exception failure) => _channel.CodeOf(failure);

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
