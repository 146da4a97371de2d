using System.Buffers.Binary;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire;

/// <summary>
/// Writes packet headers before protection (RFC 9000, section 17). A destination that is too small is a caller's error and
/// throws.
/// </summary>
internal static class PacketHeaderWriter
{
    /// <summary>QUIC version 1.</summary>
    public const uint Version1 = 1;

    /// <summary>The length of a long header up to the packet number, the two-byte length field included.</summary>
    public static int LongHeaderLength(PacketType type, ConnectionId destinationId, ConnectionId sourceId, int tokenLength) =>
        1 + 4 + 1 + destinationId.Length + 1 + sourceId.Length + (type == PacketType.Initial ? VarInt.Length(tokenLength) + tokenLength : 0) + 2;

    /// <summary>The length of a short header up to the packet number.</summary>
    public static int ShortHeaderLength(ConnectionId destinationId) => 1 + destinationId.Length;

    /// <summary>
    /// Writes an Initial or Handshake header up to the packet number and returns its length. The length field is two
    /// bytes at <paramref name="lengthOffset"/>, filled in later by <see cref="VarInt.WriteTwoBytes"/>.
    /// </summary>
    public static int WriteLong(
        Span<byte> destination,
        PacketType type,
        ConnectionId destinationId,
        ConnectionId sourceId,
        ReadOnlySpan<byte> token,
        int packetNumberLength,
        out int lengthOffset)
    {
        int offset = WriteCommon(destination, (byte)(0xc0 | ((int)type << 4) | (packetNumberLength - 1)), Version1, destinationId, sourceId);
        if (type == PacketType.Initial)
        {
            Span<byte> rest = destination[offset..];
            VarInt.Write(ref rest, token.Length);
            token.CopyTo(rest);
            offset = destination.Length - rest.Length + token.Length;
        }

        lengthOffset = offset;
        VarInt.WriteTwoBytes(destination[offset..], 0);
        return offset + 2;
    }

    /// <summary>Writes a short header up to the packet number and returns its length. The spin bit stays 0: it is not used.</summary>
    public static int WriteShort(Span<byte> destination, ConnectionId destinationId, bool keyPhase, int packetNumberLength)
    {
        destination[0] = (byte)(0x40 | (keyPhase ? 0x04 : 0) | (packetNumberLength - 1));
        return 1 + destinationId.CopyTo(destination[1..]);
    }

    /// <summary>
    /// Writes a Retry packet without its integrity tag and returns the length. The low four bits of
    /// <paramref name="unusedBits"/>, which should be random, go into the first byte.
    /// </summary>
    public static int WriteRetry(
        Span<byte> destination, ConnectionId destinationId, ConnectionId sourceId, ReadOnlySpan<byte> token, byte unusedBits)
    {
        int offset = WriteCommon(destination, (byte)(0xf0 | (unusedBits & 0x0f)), Version1, destinationId, sourceId);
        token.CopyTo(destination[offset..]);
        return offset + token.Length;
    }

    /// <summary>
    /// Writes a Version Negotiation packet (RFC 9000, section 17.2.1) and returns its length. The low six bits of
    /// <paramref name="unusedBits"/>, which should be random, go into the first byte; the fixed bit is set all the
    /// same, for the sake of demultiplexers.
    /// </summary>
    public static int WriteVersionNegotiation(
        Span<byte> destination, ConnectionId destinationId, ConnectionId sourceId, byte unusedBits, ReadOnlySpan<uint> versions)
    {
        int offset = WriteCommon(destination, (byte)(0xc0 | (unusedBits & 0x3f)), version: 0, destinationId, sourceId);
        foreach (uint version in versions)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination[offset..], version);
            offset += sizeof(uint);
        }

        return offset;
    }

    private static int WriteCommon(Span<byte> destination, byte firstByte, uint version, ConnectionId destinationId, ConnectionId sourceId)
    {
        destination[0] = firstByte;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], version);
        int offset = 5;
        destination[offset++] = (byte)destinationId.Length;
        offset += destinationId.CopyTo(destination[offset..]);
        destination[offset++] = (byte)sourceId.Length;
        offset += sourceId.CopyTo(destination[offset..]);
        return offset;
    }
}
