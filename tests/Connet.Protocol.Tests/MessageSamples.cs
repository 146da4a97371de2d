using System.Net;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Google.Protobuf;

namespace Connet.Protocol.Tests;

/// <summary>The messages that connet.json describes, by their description.</summary>
internal static class MessageSamples
{
    private static ByteString Bytes(params byte[] bytes) => ByteString.CopyFrom(bytes);

    private static Control.Peer Peer => new()
    {
        Directs =
        {
            AddressMessages.ToAddrPort(IPEndPoint.Parse("192.0.2.7:19192")),
            AddressMessages.ToAddrPort(IPEndPoint.Parse("[2021:2223:2425:2627:2829:2a2b:2c2d:2e2f]:65535")),
        },
        RelayIds = { "r1", "r2" },
        ServerCertificate = Bytes(1, 2, 3),
        ClientCertificate = Bytes(4, 5, 6),
    };

    public static IReadOnlyDictionary<string, IMessage> All { get; } = new Dictionary<string, IMessage>
    {
        ["control AuthenticateReq{token=t, reconnect_token=0102, build_version=v, metadata=m}"] =
            new Control.AuthenticateReq { Token = "t", ReconnectToken = Bytes(1, 2), BuildVersion = "v", Metadata = "m" },
        ["control AuthenticateResp{error=100 'token not found'}"] =
            new Control.AuthenticateResp { Error = ProtocolErrors.ToError(ProtocolErrorCode.AuthenticationFailed, "token not found") },
        ["control AuthenticateResp{public=192.0.2.7:19192, reconnect_token=0102}"] =
            new Control.AuthenticateResp { Public = AddressMessages.ToAddrPort(IPEndPoint.Parse("192.0.2.7:19192")), ReconnectToken = Bytes(1, 2) },
        ["control Request{announce{serviceA, destination, peer{directs=192.0.2.7:19192,[2021:2223:2425:2627:2829:2a2b:2c2d:2e2f]:65535, relay_ids=r1,r2, server=010203, client=040506}}}"] =
            new Control.Request { Announce = new() { Endpoint = new Endpoint { Name = "serviceA" }, Role = Role.Destination, Peer = Peer } },
        ["control Response{announce{peers=[{id=p1, metadata=m, peer=the same}]}}"] =
            new Control.Response { Announce = new() { Peers = { new Control.RemotePeer { Id = "p1", Metadata = "m", Peer = Peer } } } },
        ["control Response{relay{relays=[{id=r1, addresses=relay.example:19191, server_certificate=010203, authentication=0405, metadata=m}]}}"] =
            new Control.Response
            {
                Relay = new()
                {
                    Relays =
                    {
                        new Control.Relay
                        {
                            Id = "r1",
                            Addresses = { AddressMessages.ToHostPort("relay.example", 19191) },
                            ServerCertificate = Bytes(1, 2, 3),
                            Authentication = Bytes(4, 5),
                            Metadata = "m",
                        },
                    },
                },
            },
        ["peer Request{connect{source_encryption=[tls,dhxcp], source_tls=n, source_dh={n,0102,0304}}}"] =
            new Peers.Request
            {
                Connect = new()
                {
                    SourceEncryption = { RelayEncryption.Tls, RelayEncryption.Dhxcp },
                    SourceTls = new Peers.TlsConfiguration { ClientName = "n" },
                    SourceDhX25519 = new Peers.EcdhConfiguration { ClientName = "n", KeyTime = Bytes(1, 2), Signature = Bytes(3, 4) },
                },
            },
        ["peer Request{} (connection check)"] = new Peers.Request(),
        ["peer Response{connect{proxy_proto=v2, destination_encryption=dhxcp}}"] =
            new Peers.Response { Connect = new() { ProxyProto = Peers.ProxyProtocolVersion.V2, DestinationEncryption = RelayEncryption.Dhxcp } },
    };
}
