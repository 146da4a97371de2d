using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace Connet.Protocol;

/// <summary>
/// Messages on a stream: a big-endian length of 4 or 8 bytes, then the message. Nothing is read beyond a message, because the
/// bytes of a proxied connection may follow it. After a failed or cancelled call the position in the stream is lost: reset it.
/// </summary>
internal static class MessageFraming
{
    /// <summary>The largest message, in bytes.</summary>
    public const int MaxMessageLength = 16 * 1024 * 1024;

    /// <summary>What is allocated on the word of a length field alone; the rest follows as the bytes arrive.</summary>
    private const int FirstBuffer = 64 * 1024;

    private const int LongestHeader = sizeof(ulong);

    /// <summary>The bytes of the length field.</summary>
    public static int HeaderLength(ProtocolGeneration generation) => generation switch
    {
        ProtocolGeneration.First => sizeof(ulong),
        ProtocolGeneration.Second => sizeof(uint),
        _ => throw new ArgumentOutOfRangeException(nameof(generation), generation, "Not a generation of the protocol."),
    };

    /// <summary>Writes a message with one call to the stream.</summary>
    /// <exception cref="ProtocolException">The message is larger than <see cref="MaxMessageLength"/>; nothing was written.</exception>
    public static async ValueTask WriteAsync(
        Stream stream, IMessage message, ProtocolGeneration generation, CancellationToken cancellationToken)
    {
        int header = HeaderLength(generation);
        int size = message.CalculateSize();
        if (size > MaxMessageLength)
        {
            throw TooLarge((ulong)size, MaxMessageLength);
        }

        int total = header + size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(total);
        try
        {
            Encode(message, generation, buffer.AsSpan(0, total));
            await stream.WriteAsync(buffer.AsMemory(0, total), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Return(buffer, total);
        }
    }

    /// <summary>Reads a message that must come.</summary>
    /// <exception cref="ProtocolException">The stream ended, the message is too large, or it is none.</exception>
    public static async ValueTask<T> ReadAsync<T>(
        Stream stream, MessageParser<T> parser, ProtocolGeneration generation, CancellationToken cancellationToken)
        where T : class, IMessage<T> =>
        await TryReadAsync(stream, parser, generation, MaxMessageLength, cancellationToken).ConfigureAwait(false)
        ?? throw new ProtocolException(ProtocolErrorCode.Unknown, $"The stream ended where a message {typeof(T).Name} was expected.");

    /// <summary>Reads a message, or nothing if the stream ends here.</summary>
    /// <returns>Null if the stream ended before the first byte of a message.</returns>
    /// <exception cref="ProtocolException">The stream ended inside the message, the message is too large, or it is none.</exception>
    public static ValueTask<T?> TryReadAsync<T>(
        Stream stream, MessageParser<T> parser, ProtocolGeneration generation, CancellationToken cancellationToken)
        where T : class, IMessage<T> =>
        TryReadAsync(stream, parser, generation, MaxMessageLength, cancellationToken);

    /// <summary>
    /// Reads a message, or nothing if the stream ends here, with a limit of the caller's: small messages can unfold into many
    /// objects, so whoever is not authenticated yet is given less room.
    /// </summary>
    /// <returns>Null if the stream ended before the first byte of a message.</returns>
    /// <exception cref="ProtocolException">The stream ended inside the message, the message is too large, or it is none.</exception>
    public static async ValueTask<T?> TryReadAsync<T>(
        Stream stream, MessageParser<T> parser, ProtocolGeneration generation, int maxLength, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxLength, MaxMessageLength);
        int length = await ReadLengthAsync(stream, generation, maxLength, cancellationToken).ConfigureAwait(false);
        if (length < 0)
        {
            return null;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(length, FirstBuffer));
        int filled = 0;
        try
        {
            while (filled < length)
            {
                if (filled == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(length, buffer.Length * 4L));
                    buffer.AsSpan(0, filled).CopyTo(larger);
                    Return(buffer, filled);
                    buffer = larger;
                }

                Memory<byte> room = buffer.AsMemory(filled, Math.Min(length, buffer.Length) - filled);
                int read = await stream.ReadAsync(room, cancellationToken).ConfigureAwait(false);
                filled += read > 0 ? read : throw Truncated();
            }

            return Parse(parser, buffer.AsSpan(0, length));
        }
        finally
        {
            Return(buffer, filled);
        }
    }

    /// <summary>The message with its length, as <see cref="WriteAsync"/> sends it.</summary>
    public static byte[] Encode(IMessage message, ProtocolGeneration generation)
    {
        byte[] encoded = new byte[HeaderLength(generation) + message.CalculateSize()];
        Encode(message, generation, encoded);
        return encoded;
    }

    private static void Encode(IMessage message, ProtocolGeneration generation, Span<byte> destination)
    {
        int header = HeaderLength(generation);
        int size = destination.Length - header;
        if (generation == ProtocolGeneration.First)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, (ulong)size);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)size);
        }

        message.WriteTo(destination[header..]);
    }

    /// <returns>The length of the message that follows, or -1 at the end of the stream.</returns>
    private static async ValueTask<int> ReadLengthAsync(
        Stream stream, ProtocolGeneration generation, int maxLength, CancellationToken cancellationToken)
    {
        // Streams wait here for hours; what they hold meanwhile is this small.
        int header = HeaderLength(generation);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(LongestHeader);
        try
        {
            int filled = 0;
            while (filled < header)
            {
                int read = await stream.ReadAsync(buffer.AsMemory(filled, header - filled), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return filled == 0 ? -1 : throw Truncated();
                }

                filled += read;
            }

            ulong length = generation == ProtocolGeneration.First
                ? BinaryPrimitives.ReadUInt64BigEndian(buffer)
                : BinaryPrimitives.ReadUInt32BigEndian(buffer);
            return length <= (ulong)maxLength ? (int)length : throw TooLarge(length, maxLength);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> encoded)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(encoded);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ProtocolException(ProtocolErrorCode.Unknown, $"What was received is not a message {typeof(T).Name}.", exception);
        }
    }

    /// <summary>Tokens pass through here: a buffer goes back empty.</summary>
    private static void Return(byte[] buffer, int used)
    {
        buffer.AsSpan(0, used).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static ProtocolException Truncated() => new(ProtocolErrorCode.Unknown, "The stream ended inside a message.");

    private static ProtocolException TooLarge(ulong length, int limit) =>
        new(ProtocolErrorCode.Unknown, $"A message of {length} bytes is larger than the limit of {limit} bytes.");
}
