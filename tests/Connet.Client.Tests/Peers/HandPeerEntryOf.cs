using Connet.Client.Control;
using Connet.Protocol.Control;
using Google.Protobuf;

namespace Connet.Client.Tests.Peers;

/// <summary>One of our own endpoints as the control server lists it.</summary>
internal sealed class HandPeerEntryOf(IControlledEndpoint endpoint)
{
    public RemotePeer Listed(string id) => new()
    {
        Id = id,
        Peer = new Peer
        {
            ServerCertificate = ByteString.CopyFrom(endpoint.Identity.Server.Certificate.Span),
            ClientCertificate = ByteString.CopyFrom(endpoint.Identity.Client.Certificate.Span),
        },
    };
}
