using System.Buffers.Binary;
using Connet.Protocol;
using Google.Protobuf;

namespace Connet.Control.Sessions;

/// <summary>
/// Frames a Response whose one field is a message with one repeated field, out of items that are encoded already. Many streams get
/// the same items; they are encoded once.
/// </summary>
internal static class ListFrame
{
    private const int TagLength = 1;

    /// <summary>The frame.</summary>
    /// <param name="listField">The number of the list's field in the response; below 16.</param>
    /// <param name="itemField">The number of the repeated field in the list; below 16.</param>
    /// <param name="items">The items. Those at the end that would make the message larger than any may be are left out.</param>
    /// <param name="generation">How the message is framed.</param>
    /// <param name="left">How many were left out.</param>
    public static byte[] Encode(int listField, int itemField, IReadOnlyList<ByteString> items, ProtocolGeneration generation, out int left)
    {
        int inner = 0;
        int count = 0;
        foreach (ByteString item in items)
        {
            int size = TagLength + CodedOutputStream.ComputeBytesSize(item);
            if (inner + size > MessageFraming.MaxMessageLength - TagLength - CodedOutputStream.ComputeLengthSize(MessageFraming.MaxMessageLength))
            {
                break;
            }

            inner += size;
            count++;
        }

        left = items.Count - count;
        int header = MessageFraming.HeaderLength(generation);
        int body = TagLength + CodedOutputStream.ComputeLengthSize(inner) + inner;
        byte[] frame = new byte[header + body];
        if (generation == ProtocolGeneration.First)
        {
            BinaryPrimitives.WriteUInt64BigEndian(frame, (ulong)body);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)body);
        }

        using MemoryStream memory = new(frame, header, body);
        using CodedOutputStream output = new(memory);
        output.WriteTag(listField, WireFormat.WireType.LengthDelimited);
        output.WriteLength(inner);
        for (int i = 0; i < count; i++)
        {
            output.WriteTag(itemField, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(items[i]);
        }

        output.Flush();
        return frame;
    }
}
