using System.Net;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Google.Protobuf;

namespace Connet.Control.Relays;

/// <summary>One authenticated connection of a relay. Immutable; the key in it is of this connection alone.</summary>
internal sealed class RelayEntry
{
    /// <summary>The relay's id, stable over its restarts.</summary>
    public required string Id { get; init; }

    /// <summary>Orders the connections of one relay.</summary>
    public required long Sequence { get; init; }

    public required string Metadata { get; init; }

    public required string BuildVersion { get; init; }

    public required IReadOnlyList<HostPort> Addresses { get; init; }

    /// <summary>The server certificate in DER.</summary>
    public required ByteString Certificate { get; init; }

    /// <summary>The key of the certificate.</summary>
    public required string CertificateKey { get; init; }

    /// <summary>The key shared with the relay.</summary>
    public required byte[] BoxKey { get; init; }

    public required IPEndPoint RemoteEndPoint { get; init; }

    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>The message Relay for one client.</summary>
    public ByteString ToMessage(byte[] authentication)
    {
        Relay relay = new()
        {
            Id = Id,
            ServerCertificate = Certificate,
            Authentication = UnsafeByteOperations.UnsafeWrap(authentication),
            Metadata = Metadata,
        };
        relay.Addresses.AddRange(Addresses);
        return relay.ToByteString();
    }

    /// <summary>The relay as operators see it.</summary>
    public ControlRelayStatus GetStatus() => new()
    {
        Id = Id,
        Metadata = Metadata,
        BuildVersion = BuildVersion,
        RemoteEndPoint = RemoteEndPoint,
        ConnectedAt = ConnectedAt,
        Addresses = [.. Addresses.Select(address => AddressText.Join(address.Host, (int)address.Port))],
    };
}
