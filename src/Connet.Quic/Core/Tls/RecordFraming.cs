using Connet.Quic.Core.Primitives;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// The TLS records the engine wants to read. QUIC has none (RFC 9001, section 4.1.3), so each message is framed anew:
/// as plaintext handshake records at the Initial level, and above it as application data records, the only ones at which
/// the engine carries out a deferred switch of its read keys.
/// </summary>
internal static class RecordFraming
{
    public const int HeaderLength = 5;

    private const int MaxRecordLength = 1 << 14;

    /// <summary>Offers the message of <paramref name="assembler"/> to the engine, which consumes its buffer.</summary>
    public static void Offer(TlsProtocol protocol, EncryptionLevel level, HandshakeMessageAssembler assembler)
    {
        byte[] buffer = assembler.FramedBuffer;
        int total = assembler.Message.Length;
        byte type = (byte)(level == EncryptionLevel.Initial ? ContentType.handshake : ContentType.application_data);
        for (int offset = 0; offset < total;)
        {
            // The header goes in front of the chunk: over the reserved room, then over bytes already consumed.
            int length = Math.Min(MaxRecordLength, total - offset);
            buffer[offset] = type;
            buffer[offset + 1] = 3;
            buffer[offset + 2] = 3;
            buffer[offset + 3] = (byte)(length >> 8);
            buffer[offset + 4] = (byte)length;
            protocol.OfferInput(buffer, offset, HeaderLength + length);
            offset += length;
        }
    }
}
