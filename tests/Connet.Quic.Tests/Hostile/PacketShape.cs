using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Hostile;

/// <summary>How a packet of a <see cref="HostilePeer"/> differs from an ordinary one.</summary>
internal sealed record PacketShape
{
    public long? Number { get; init; }

    /// <summary>Bits to set in the first byte, before protection.</summary>
    public byte FirstByteBits { get; init; }

    public ConnectionId? DestinationId { get; init; }

    public ConnectionId? SourceId { get; init; }

    public byte[] Token { get; init; } = [];

    /// <summary>The packet is filled up with PADDING to so many bytes; null: 1,200 for a client's Initial.</summary>
    public int? PadTo { get; init; }
}
