using System.Net;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Keys;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Control.Tests;

/// <summary>Bytes that nobody would send by intent, and servers that come back.</summary>
public sealed class HostileTests
{
    private const int Seed = 20261125;

    [TestCase(1)]
    [TestCase(2)]
    public async Task Spoilt_requests_end_their_streams_and_the_server_goes_on(int generation)
    {
        ProtocolGeneration framing = (ProtocolGeneration)generation;
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync(framing);
        HandConnection bystander = await harness.AcceptedClientAsync(framing);
        byte[][] valid =
        [
            HandFraming.Encode(Requests.Announce("web", Role.Destination, HandIdentity.Peer().ToPeer("192.0.2.1:1")), framing),
            HandFraming.Encode(Requests.Relay("web", Role.Source, HandIdentity.Peer().Client.Certificate.Span), framing),
        ];
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = (byte[])valid[i % valid.Length].Clone();
            for (int spoilt = random.Next(1, 6); spoilt > 0; spoilt--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            HandStream stream = await client.OpenAsync();
            await stream.SendBytesAsync(bytes.AsMemory(0, random.Next(bytes.Length / 2, bytes.Length + 1)), complete: true);
            await stream.ReceiveToEndAsync();
        }

        HandStream announced = await bystander.AnnounceAsync("after", Role.Source, HandIdentity.Peer());
        Assert.That(await announced.PeersAsync(), Is.Empty);
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Sum(each => each.Endpoints.Count) == 1);
    }

    [TestCase(ConnectionKind.ControlClients)]
    [TestCase(ConnectionKind.ControlRelays)]
    public async Task Spoilt_authentications_are_refused_or_accepted_and_the_server_goes_on(ConnectionKind kind)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        await using ControlHarness harness = await ControlHarness.StartAsync();
        IMessage request = kind == ConnectionKind.ControlClients
            ? new AuthenticateReq { Token = ControlHarness.Token, Metadata = "hand" }
            : ControlHarness.RelayRequest(X25519KeyPair.Generate(), HandIdentity.Relay());
        byte[] valid = HandFraming.Encode(request, ProtocolGeneration.Second);
        for (int i = 0; i < 40; i++)
        {
            byte[] bytes = (byte[])valid.Clone();
            bytes[random.Next(i % 2 == 0 ? 8 : bytes.Length)] = (byte)random.Next(256);
            await using HandConnection connection = await harness.DialAsync(kind, ProtocolGeneration.Second);
            HandStream stream = await connection.OpenAsync();
            await stream.SendBytesAsync(bytes, complete: true);
            await stream.ReceiveFailureAsync();
        }

        Assert.That((await harness.ClientAsync()).Response.Error, Is.Null);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_server_that_was_killed_and_started_again_says_so_to_those_it_has_forgotten(int generation)
    {
        InMemoryControlStore store = new();
        bool isDead = false;
        int port = FreePorts.Next();
        ByteString token;
        HandConnection client;
        await using QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await using (ControlHarness first = await ControlHarness.StartAsync(options =>
        {
            options.Store = store;

            // Killed: nothing more leaves the socket, not even the closing packets.
            options.ClientIngresses[0].Address = $"127.0.0.1:{port}";
            options.ClientIngresses[0].ConfigureEndpoint = each => each.OutgoingFilter = _ => Volatile.Read(ref isDead) ? QuicDatagramFate.Drop : default;
        }))
        {
            (client, AuthenticateResp response) = await first.ClientAsync((ProtocolGeneration)generation, from: endpoint);
            token = response.ReconnectToken;
            Volatile.Write(ref isDead, true);
        }

        await using ControlHarness second = await ControlHarness.StartAsync(options =>
        {
            options.Store = store;
            options.ClientIngresses[0].Address = $"127.0.0.1:{port}";
        });
        client.Connection.Ping();
        Assert.That((await client.ClosedAsync()).QuicError, Is.EqualTo(QuicError.StatelessReset));
        (_, AuthenticateResp again) = await second.ClientAsync((ProtocolGeneration)generation, reconnect: token, from: endpoint);
        Assert.That(again.Error, Is.Null);
    }
}
