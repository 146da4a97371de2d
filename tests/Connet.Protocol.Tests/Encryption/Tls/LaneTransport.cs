using Connet.Protocol.Encryption.Tls;

namespace Connet.Protocol.Tests.Encryption.Tls;

/// <summary>One end of two lanes.</summary>
internal sealed class LaneTransport(TlsLane reads, TlsLane writes) : ITlsTransport
{
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Disposed => _disposed.Task;

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => reads.ReadAsync(buffer, cancellationToken);

    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool isLast, CancellationToken cancellationToken) =>
        writes.WriteAsync(buffer, isLast, cancellationToken);

    public void AbortReads(long code) => reads.Stop(code);

    public void AbortWrites(long code) => writes.Reset(code);

    public void Dispose()
    {
        if (!writes.IsEnded && writes.ResetCode is null)
        {
            writes.Reset(-1);
        }

        _disposed.TrySetResult();
    }
}
