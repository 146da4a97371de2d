using System.Net;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

/// <summary>A socket that a call of another thread keeps open until the test says otherwise.</summary>
internal sealed class BusySocket(IDatagramSocket inner) : IDatagramSocket
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsDisposed { get; private set; }

    public Task Closed => _closed.Task;

    public IPEndPoint LocalEndPoint => inner.LocalEndPoint;

    public string Description => inner.Description;

    public int MaxSegments => inner.MaxSegments;

    public void EndCall() => _closed.SetResult();

    public SendStatus TrySend(in NetworkAddress remote, ReadOnlySpan<byte> data, int segmentSize, byte ecn, out int sentBytes) =>
        inner.TrySend(remote, data, segmentSize, ecn, out sentBytes);

    public WaitResult Wait(int timeoutMilliseconds, bool forWrite) => inner.Wait(timeoutMilliseconds, forWrite);

    public int Receive(ReceiveBatch batch) => inner.Receive(batch);

    public void Wake() => inner.Wake();

    public void Dispose()
    {
        IsDisposed = true;
        inner.Dispose();
    }
}
