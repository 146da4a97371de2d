using Connet.Protocol.Control;
using Google.Protobuf;

namespace Connet.Control.Clients;

/// <summary>What a client announces, as its peers are told it. Encoded once, for all of them.</summary>
internal sealed class PeerEntry
{
    public PeerEntry(string id, string metadata, Peer peer, string certificates)
    {
        Id = id;
        Certificates = certificates;
        DirectAddresses = peer.Directs.Count;
        Relays = [.. peer.RelayIds];
        Encoded = new RemotePeer { Id = id, Metadata = metadata, Peer = peer }.ToByteString();
    }

    /// <summary>The client's id.</summary>
    public string Id { get; }

    /// <summary>Stands for both certificates: peers never read them again under an id that they know.</summary>
    public string Certificates { get; }

    /// <summary>How many addresses it can be dialled at.</summary>
    public int DirectAddresses { get; }

    /// <summary>The ids of its relays.</summary>
    public IReadOnlyList<string> Relays { get; }

    /// <summary>The message RemotePeer, with the fields that this version does not know.</summary>
    public ByteString Encoded { get; }
}
