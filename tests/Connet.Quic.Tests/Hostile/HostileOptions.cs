using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Hostile;

/// <summary>How a <see cref="HostilePeer"/> differs from an ordinary one.</summary>
internal sealed record HostileOptions
{
    /// <summary>Changes the transport parameters.</summary>
    public Action<TransportParameters>? Change { get; init; }

    /// <summary>Bytes that follow the encoded transport parameters.</summary>
    public byte[] ExtraParameters { get; init; } = [];

    public NetworkAddress Address { get; init; } = NetworkAddress.FromIPv4(0x0a000066, 6666);

    /// <summary>Whether what arrives is acknowledged.</summary>
    public bool Acknowledge { get; init; } = true;
}
