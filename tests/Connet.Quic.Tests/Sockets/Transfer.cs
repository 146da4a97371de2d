using System.Buffers;
using System.Runtime.InteropServices;

namespace Connet.Quic.Tests.Sockets;

/// <summary>Sends bytes that depend on their position and on the stream, and checks every one of them at the other end.</summary>
internal static class Transfer
{
    private const int Chunk = 128 * 1024;

    /// <summary>Writes <paramref name="length"/> bytes and the end.</summary>
    public static async Task SendAsync(QuicStream stream, long length, ulong seed, CancellationToken token)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            long sent = 0;
            do
            {
                int count = (int)Math.Min(Chunk, length - sent);
                Fill(buffer.AsSpan(0, count), sent, seed);
                sent += count;
                await stream.WriteAsync(buffer.AsMemory(0, count), completeWrites: sent == length, token);
            }
            while (sent < length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads to the end, which must come after <paramref name="length"/> bytes that are all right.</summary>
    public static async Task ReceiveAsync(QuicStream stream, long length, ulong seed, CancellationToken token)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        byte[] expected = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            long received = 0;
            int read;
            while ((read = await stream.ReadAsync(buffer.AsMemory(0, Chunk), token)) > 0)
            {
                Fill(expected.AsSpan(0, read), received, seed);
                if (!buffer.AsSpan(0, read).SequenceEqual(expected.AsSpan(0, read)))
                {
                    int at = buffer.AsSpan(0, read).CommonPrefixLength(expected.AsSpan(0, read));
                    throw new AssertionException($"Byte {received + at} of stream {stream.Id} (seed {seed}) is wrong.");
                }

                received += read;
            }

            if (received != length)
            {
                throw new AssertionException($"Stream {stream.Id} (seed {seed}) ended after {received} bytes, not {length}.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            ArrayPool<byte>.Shared.Return(expected);
        }
    }

    /// <summary>Opens a stream, sends on it and reads the other end's answer of the same length.</summary>
    public static async Task ExchangeAsync(QuicConnection connection, long length, ulong seed, CancellationToken token)
    {
        await using QuicStream stream = await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
        Task sending = SendAsync(stream, length, seed, token);
        await ReceiveAsync(stream, length, seed, token);
        await sending;
    }

    /// <summary>Echoes so many streams that the peer opens, at the same time.</summary>
    public static async Task EchoAsync(QuicConnection connection, int streams, CancellationToken token)
    {
        List<Task> echoes = [];
        for (int i = 0; i < streams; i++)
        {
            echoes.Add(EchoOneAsync(await connection.AcceptInboundStreamAsync(token), token));
        }

        await Task.WhenAll(echoes);
    }

    private static async Task EchoOneAsync(QuicStream stream, CancellationToken token)
    {
        await using (stream)
        {
            await stream.CopyToAsync(stream, token);
            stream.CompleteWrites();
            await stream.WritesClosed.WaitAsync(token);
        }
    }

    // Eight bytes at a time where they lie on a multiple of eight, so that checking costs less than the transfer.
    private static void Fill(Span<byte> destination, long position, ulong seed)
    {
        int at = 0;
        while (at < destination.Length && ((position + at) & 7) != 0)
        {
            destination[at] = ByteAt(position + at, seed);
            at++;
        }

        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(destination[at..]);
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = WordAt(((position + at) >> 3) + i, seed);
        }

        for (at += words.Length * sizeof(ulong); at < destination.Length; at++)
        {
            destination[at] = ByteAt(position + at, seed);
        }
    }

    private static ulong WordAt(long index, ulong seed) => ((ulong)index + seed) * 0x9e3779b97f4a7c15;

    private static byte ByteAt(long position, ulong seed) => (byte)(WordAt(position >> 3, seed) >> (int)((position & 7) * 8));
}
