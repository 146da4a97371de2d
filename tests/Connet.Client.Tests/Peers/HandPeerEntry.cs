using Connet.HandPeer;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Google.Protobuf;

namespace Connet.Client.Tests.Peers;

/// <summary>A peer that is only listed, and reached at relays if at all.</summary>
internal sealed class HandPeerEntry(string id, params string[] relays)
{
    public PeerIdentity Identity { get; } = HandIdentity.Peer();

    public IReadOnlyList<RelayEncryption> Encryptions { get; init; } = [];

    public RemotePeer Listed
    {
        get
        {
            Peer peer = new()
            {
                ServerCertificate = ByteString.CopyFrom(Identity.Server.Certificate.Span),
                ClientCertificate = ByteString.CopyFrom(Identity.Client.Certificate.Span),
            };
            peer.RelayIds.AddRange(relays);
            peer.RelayEncryptions.AddRange(Encryptions);
            return new RemotePeer { Id = id, Peer = peer };
        }
    }
}
