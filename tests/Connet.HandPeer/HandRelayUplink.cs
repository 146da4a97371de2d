using System.Text;
using Connet.Protocol.Common;
using Connet.Protocol.ControlRelays;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Protocol.Seals;
using Google.Protobuf;

namespace Connet.HandPeer;

/// <summary>A relay's connection, at a hand-driven control server.</summary>
internal sealed class HandRelayUplink(HandConnection connection, HandStream stream, AuthenticateReq request)
{
    private byte[]? _key;

    public HandConnection Connection => connection;

    /// <summary>The stream of the authentication.</summary>
    public HandStream Stream => stream;

    public AuthenticateReq Request => request;

    /// <summary>The relay's server certificate.</summary>
    public ReadOnlyMemory<byte> ServerCertificate => request.ServerCertificate.Memory;

    public async Task AdmitAsync(string id, string reconnectToken)
    {
        X25519KeyPair own = X25519KeyPair.Generate();
        if (!BoxKey.TryCompute(own, request.RelayAuthenticationKey.Span, out _key))
        {
            throw new InvalidOperationException("The relay's key is none.");
        }

        await stream.SendAsync(new AuthenticateResp
        {
            ControlId = id,
            ReconnectToken = ByteString.CopyFrom(Encoding.UTF8.GetBytes(reconnectToken)),
            ControlAuthenticationKey = ByteString.CopyFrom(own.PublicKey),
        });
        stream.Complete();
    }

    /// <summary>The proof that a client carries to this relay.</summary>
    public byte[] Prove(string endpoint, Role role, PeerIdentity identity) => ClientProof.Seal(_key, endpoint, role, identity.Client.Key);
}
