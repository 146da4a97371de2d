using System.Buffers.Binary;
using Connet.Protocol;
using Google.Protobuf;

namespace Connet.HandPeer;

/// <summary>The framing of protocol.md section 2, written a second time so that ours is not its own judge.</summary>
internal static class HandFraming
{
    public static int HeaderLength(ProtocolGeneration generation) => generation == ProtocolGeneration.First ? 8 : 4;

    public static byte[] Encode(IMessage message, ProtocolGeneration generation)
    {
        byte[] body = message.ToByteArray();
        byte[] framed = new byte[HeaderLength(generation) + body.Length];
        WriteLength(framed, (ulong)body.Length, generation);
        body.CopyTo(framed.AsSpan(HeaderLength(generation)));
        return framed;
    }

    /// <summary>A length field alone, of whatever value.</summary>
    public static byte[] Length(ulong length, ProtocolGeneration generation)
    {
        byte[] header = new byte[HeaderLength(generation)];
        WriteLength(header, length, generation);
        return header;
    }

    public static async Task<T> ReadAsync<T>(Stream stream, MessageParser<T> parser, ProtocolGeneration generation, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        byte[] header = new byte[HeaderLength(generation)];
        await stream.ReadExactlyAsync(header, cancellationToken);
        ulong length = generation == ProtocolGeneration.First ? BinaryPrimitives.ReadUInt64BigEndian(header) : BinaryPrimitives.ReadUInt32BigEndian(header);
        byte[] body = new byte[checked((int)length)];
        await stream.ReadExactlyAsync(body, cancellationToken);
        return parser.ParseFrom(body);
    }

    private static void WriteLength(Span<byte> destination, ulong length, ProtocolGeneration generation)
    {
        if (generation == ProtocolGeneration.First)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)length);
        }
    }
}
