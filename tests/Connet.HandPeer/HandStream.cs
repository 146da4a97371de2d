using Connet.Protocol;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.HandPeer;

/// <summary>A stream of a <see cref="HandConnection"/>. Every wait is bounded.</summary>
internal sealed class HandStream(QuicStream stream, ProtocolGeneration generation)
{
    public QuicStream Stream => stream;

    public ProtocolGeneration Generation => generation;

    public async Task SendAsync(IMessage message)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        await stream.WriteAsync(HandFraming.Encode(message, generation), patience.Token);
    }

    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes, bool complete = false)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        await stream.WriteAsync(bytes, complete, patience.Token);
    }

    public async Task<T> ReceiveAsync<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        return await HandFraming.ReadAsync(stream, parser, generation, patience.Token);
    }

    /// <summary>The bytes up to the end of the stream.</summary>
    public async Task<byte[]> ReceiveToEndAsync()
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        using MemoryStream bytes = new();
        await stream.CopyToAsync(bytes, patience.Token);
        return bytes.ToArray();
    }

    public async Task<byte[]> ReceiveBytesAsync(int count)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, patience.Token);
        return bytes;
    }

    /// <summary>Waits until the other side has reset its direction or the connection has ended.</summary>
    /// <returns>The exception that reading gave; null if the stream ended in order.</returns>
    public async Task<QuicException?> ReceiveFailureAsync()
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        byte[] buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, patience.Token) > 0)
            {
            }

            return null;
        }
        catch (QuicException exception)
        {
            return exception;
        }
    }

    public void Complete() => stream.CompleteWrites();

    public void Reset(long code, QuicAbortDirection direction = QuicAbortDirection.Both) => stream.Abort(direction, code);
}
