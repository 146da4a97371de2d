using System.Threading.Channels;
using Connet.Client.Endpoints;

namespace Connet.Client.Tests.Endpoints;

/// <summary>One end of a flow of datagrams, of which the test is the other.</summary>
internal sealed class FakeDatagramTunnel : IDatagramTunnel
{
    private readonly Channel<byte[]> _sent = Channel.CreateUnbounded<byte[]>();
    private readonly Channel<byte[]> _arriving = Channel.CreateUnbounded<byte[]>();

    public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int SentCount => _sent.Reader.Count;

    /// <summary>The other side sends.</summary>
    public void Arrive(params byte[] datagram) => _arriving.Writer.TryWrite(datagram);

    /// <summary>The other side ends the flow.</summary>
    public void End() => _arriving.Writer.TryComplete();

    /// <summary>What was sent next.</summary>
    public async Task<byte[]> SentAsync()
    {
        using CancellationTokenSource patience = new(SocketPair.Patience);
        return await _sent.Reader.ReadAsync(patience.Token);
    }

    public bool TrySend(ReadOnlySpan<byte> datagram) => _sent.Writer.TryWrite(datagram.ToArray());

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _arriving.Reader.WaitToReadAsync(cancellationToken);

    public bool TryReceive(Span<byte> buffer, out int length)
    {
        bool any = _arriving.Reader.TryRead(out byte[]? datagram);
        datagram?.CopyTo(buffer);
        length = datagram?.Length ?? 0;
        return any;
    }

    public ValueTask DisposeAsync()
    {
        Disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
