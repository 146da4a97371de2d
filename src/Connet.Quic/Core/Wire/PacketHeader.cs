using System.Buffers.Binary;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire;

/// <summary>
/// The part of a packet that is readable before header protection is removed (RFC 9000, section 17; RFC 8999). It borrows
/// the datagram. The low bits of <see cref="FirstByte"/> are still protected and are not checked here.
/// </summary>
internal readonly ref struct PacketHeader
{
    private const byte LongForm = 0x80;
    private const byte FixedBit = 0x40;
    private const int RetryTagLength = 16;

    private PacketHeader(PacketType type, ReadOnlySpan<byte> packet, uint version, ConnectionId destinationId, ConnectionId sourceId)
    {
        Type = type;
        FirstByte = packet[0];
        Version = version;
        DestinationId = destinationId;
        SourceId = sourceId;
        Length = packet.Length;
    }

    public PacketType Type { get; }

    /// <summary>The first byte as it came, protection on.</summary>
    public byte FirstByte { get; }

    /// <summary>The version of a long header; 0 for Version Negotiation and short headers.</summary>
    public uint Version { get; }

    public ConnectionId DestinationId { get; }

    /// <summary>The source connection ID of a long header; empty for a short one.</summary>
    public ConnectionId SourceId { get; }

    /// <summary>The token of an Initial (may be empty) or Retry packet (never empty).</summary>
    public ReadOnlySpan<byte> Token { get; private init; }

    /// <summary>The 16 bytes that end a Retry packet.</summary>
    public ReadOnlySpan<byte> RetryIntegrityTag { get; private init; }

    /// <summary>The versions that a Version Negotiation packet lists, four bytes each, at least one.</summary>
    public ReadOnlySpan<byte> SupportedVersions { get; private init; }

    /// <summary>Where the packet number begins; 0 for packets without one.</summary>
    public int PacketNumberOffset { get; private init; }

    /// <summary>The length of the whole packet, header included: always at least 1, so that walking a datagram advances.</summary>
    public int Length { get; private init; }

    /// <summary>
    /// Whether an unprotected first byte has reserved bits set, a PROTOCOL_VIOLATION in an authenticated packet (RFC 9000,
    /// sections 17.2 and 17.3.1).
    /// </summary>
    public static bool HasReservedBits(byte unprotectedFirstByte) =>
        (unprotectedFirstByte & ((unprotectedFirstByte & LongForm) != 0 ? 0x0c : 0x18)) != 0;

    /// <summary>The key phase of an unprotected short header's first byte.</summary>
    public static bool HasKeyPhase(byte unprotectedFirstByte) => (unprotectedFirstByte & 0x04) != 0;

    /// <summary>
    /// Reads the header of the first packet of a datagram. <c>false</c>: not a packet that could be for us; drop the rest
    /// of the datagram.
    /// </summary>
    /// <param name="datagram">The datagram, or what is left of it after the packets before.</param>
    /// <param name="localConnectionIdLength">The length of the connection IDs that we issue: a short header does not tell.</param>
    /// <param name="header">What was read.</param>
    public static bool TryParse(ReadOnlySpan<byte> datagram, int localConnectionIdLength, out PacketHeader header)
    {
        header = default;
        if (datagram.IsEmpty)
        {
            return false;
        }

        return (datagram[0] & LongForm) != 0
            ? TryParseLong(datagram, out header)
            : TryParseShort(datagram, localConnectionIdLength, out header);
    }

    private static bool TryParseShort(ReadOnlySpan<byte> datagram, int idLength, out PacketHeader header)
    {
        header = default;
        if ((datagram[0] & FixedBit) == 0 || datagram.Length < 1 + idLength)
        {
            return false;
        }

        header = new(PacketType.OneRtt, datagram, version: 0, new ConnectionId(datagram.Slice(1, idLength)), default)
        {
            PacketNumberOffset = 1 + idLength,
        };
        return true;
    }

    private static bool TryParseLong(ReadOnlySpan<byte> datagram, out PacketHeader header)
    {
        header = default;
        if (datagram.Length < 5)
        {
            return false;
        }

        uint version = BinaryPrimitives.ReadUInt32BigEndian(datagram[1..]);
        ReadOnlySpan<byte> rest = datagram[5..];
        if (!TryReadId(ref rest, out ConnectionId destinationId) || !TryReadId(ref rest, out ConnectionId sourceId))
        {
            return false;
        }

        switch (version)
        {
            case 0:
                header = new(PacketType.VersionNegotiation, datagram, version, destinationId, sourceId) { SupportedVersions = rest };
                return !rest.IsEmpty && rest.Length % 4 == 0;
            case PacketHeaderWriter.Version1:
                return (datagram[0] & FixedBit) != 0 && TryParseVersion1(datagram, rest, destinationId, sourceId, out header);
            default:
                header = new(PacketType.UnknownVersion, datagram, version, destinationId, sourceId);
                return true;
        }
    }

    private static bool TryParseVersion1(
        ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> rest, ConnectionId destinationId, ConnectionId sourceId, out PacketHeader header)
    {
        header = default;
        PacketType type = (PacketType)((datagram[0] >> 4) & 3);
        ReadOnlySpan<byte> token = default;
        if (type == PacketType.Retry)
        {
            // A Retry without a token is to be discarded (RFC 9000, section 17.2.5.2).
            if (rest.Length <= RetryTagLength)
            {
                return false;
            }

            header = new(type, datagram, PacketHeaderWriter.Version1, destinationId, sourceId)
            {
                Token = rest[..^RetryTagLength],
                RetryIntegrityTag = rest[^RetryTagLength..],
            };
            return true;
        }

        if (type == PacketType.Initial)
        {
            if (!VarInt.TryRead(ref rest, out long tokenLength) || tokenLength > rest.Length)
            {
                return false;
            }

            token = rest[..(int)tokenLength];
            rest = rest[(int)tokenLength..];
        }

        if (!VarInt.TryRead(ref rest, out long length) || length > rest.Length)
        {
            return false;
        }

        int packetNumberOffset = datagram.Length - rest.Length;
        header = new(type, datagram[..(packetNumberOffset + (int)length)], PacketHeaderWriter.Version1, destinationId, sourceId)
        {
            Token = token,
            PacketNumberOffset = packetNumberOffset,
        };
        return true;
    }

    private static bool TryReadId(ref ReadOnlySpan<byte> source, out ConnectionId id)
    {
        id = default;
        if (source.IsEmpty)
        {
            return false;
        }

        int length = source[0];
        if (length > ConnectionId.MaxLength || source.Length < 1 + length)
        {
            return false;
        }

        id = new ConnectionId(source.Slice(1, length));
        source = source[(1 + length)..];
        return true;
    }
}
