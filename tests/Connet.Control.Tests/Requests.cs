using System.Net;
using Connet.HandPeer;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Google.Protobuf;

namespace Connet.Control.Tests;

/// <summary>The requests of a client, and its reading of the answers.</summary>
internal static class Requests
{
    public static Peer ToPeer(this PeerIdentity identity, params string[] directs)
    {
        Peer peer = new()
        {
            ServerCertificate = ByteString.CopyFrom(identity.Server.Certificate.Span),
            ClientCertificate = ByteString.CopyFrom(identity.Client.Certificate.Span),
        };
        peer.Directs.AddRange(directs.Select(direct => AddressMessages.ToAddrPort(IPEndPoint.Parse(direct))));
        return peer;
    }

    public static Request Announce(string name, Role role, Peer? peer) =>
        new() { Announce = new Request.Types.Announce { Endpoint = new Endpoint { Name = name }, Role = role, Peer = peer } };

    public static Request Relay(string name, Role role, ReadOnlySpan<byte> certificate) => new()
    {
        Relay = new Request.Types.Relay { Endpoint = new Endpoint { Name = name }, Role = role, ClientCertificate = ByteString.CopyFrom(certificate) },
    };

    /// <summary>Opens a stream and sends its first request.</summary>
    public static async Task<HandStream> RequestAsync(this HandConnection connection, Request request)
    {
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(request);
        return stream;
    }

    /// <summary>Opens an announce stream.</summary>
    public static Task<HandStream> AnnounceAsync(this HandConnection connection, string name, Role role, PeerIdentity identity, params string[] directs) =>
        connection.RequestAsync(Announce(name, role, identity.ToPeer(directs)));

    /// <summary>The next list of peers.</summary>
    public static async Task<IReadOnlyList<RemotePeer>> PeersAsync(this HandStream stream)
    {
        Response response = await stream.ReceiveAsync(Response.Parser);
        Assert.That(response.Error, Is.Null);
        Assert.That(response.Announce, Is.Not.Null, "the list is there even when it is empty");
        Assert.That(response.Relay, Is.Null);
        return response.Announce.Peers;
    }

    /// <summary>The next list of relays.</summary>
    public static async Task<IReadOnlyList<Relay>> RelaysAsync(this HandStream stream)
    {
        Response response = await stream.ReceiveAsync(Response.Parser);
        Assert.That(response.Error, Is.Null);
        Assert.That(response.Relay, Is.Not.Null, "the list is there even when it is empty");
        Assert.That(response.Announce, Is.Null);
        return response.Relay.Relays;
    }

    /// <summary>The error that ends a stream.</summary>
    public static async Task<Error> ErrorAsync(this HandStream stream)
    {
        Response response = await stream.ReceiveAsync(Response.Parser);
        Assert.That(response.Error, Is.Not.Null);
        Assert.That(response.Announce, Is.Null);
        Assert.That(response.Relay, Is.Null);
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty, "the error is the stream's end");
        return response.Error;
    }
}
