using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Control.Tests;

/// <summary>A control server with a durable store that is killed (SIGKILL) and started again, and what its clients and their peers see.</summary>
public sealed class CrashTests
{
    public const string StoreFile = "control.db";
    public const string CertificateFile = "server.pem";
    public const string KeyFile = "server.key";

    private const int Endpoints = 25;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly GeneratedCertificate _certificate = HandIdentity.Relay();
    private string _folder = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("connet-control-crash-").FullName;
        File.WriteAllText(Path.Combine(_folder, CertificateFile), PemEncoding.WriteString("CERTIFICATE", _certificate.Certificate.Span));
        File.WriteAllText(Path.Combine(_folder, KeyFile), PemEncoding.WriteString("PRIVATE KEY", _certificate.ExportPkcs8()));
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(1, 2)]
    [TestCase(2, 1)]
    public async Task Clients_and_peers_of_a_killed_server_lose_nothing_that_was_acknowledged(int generation, int peerGeneration)
    {
        await using QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        IPEndPoint address = new(IPAddress.Loopback, FreePorts.Next());
        PeerIdentity identity = HandIdentity.Peer();
        string serverId;
        HandConnection client;
        ByteString token;
        using (Process first = Start(address))
        {
            (serverId, int waiting) = await ReadyAsync(first);
            Assert.That(waiting, Is.Zero);
            (client, token) = await AuthenticateAsync(endpoint, address, generation, ByteString.Empty, "device");
            for (int i = 0; i < Endpoints; i++)
            {
                HandStream stream = await client.AnnounceAsync($"endpoint {i}", Role.Destination, identity, $"192.0.2.1:{i + 1}");
                Assert.That(await stream.PeersAsync(), Is.Empty);
            }

            // The last response is not a moment old.
            first.Kill();
            await first.WaitForExitAsync().WaitAsync(s_patience);
        }

        using Process second = Start(address);
        try
        {
            Assert.That(await ReadyAsync(second), Is.EqualTo((serverId, Endpoints)));
            (HandConnection peer, _) = await AuthenticateAsync(endpoint, address, peerGeneration, ByteString.Empty, "peer");
            HashSet<string> ids = [];
            HandStream watched = null!;
            for (int i = 0; i < Endpoints; i++)
            {
                watched = await peer.AnnounceAsync($"endpoint {i}", Role.Source, HandIdentity.Peer());
                RemotePeer seen = (await watched.PeersAsync()).Single();
                Assert.That((seen.Metadata, seen.Peer), Is.EqualTo(("device", identity.ToPeer($"192.0.2.1:{i + 1}"))));
                ids.Add(seen.Id);
            }

            Assert.That(ids, Has.Count.EqualTo(1));

            // The server has its reset key, so that its clients notice; they come back with their tokens, and nobody hears of it.
            client.Connection.Ping();
            Assert.That((await client.ClosedAsync()).QuicError, Is.EqualTo(QuicError.StatelessReset));
            (HandConnection again, _) = await AuthenticateAsync(endpoint, address, generation, token, "device");
            HandStream last = await again.AnnounceAsync($"endpoint {Endpoints - 1}", Role.Destination, identity, $"192.0.2.1:{Endpoints}");
            Assert.That(await last.PeersAsync(), Has.Count.EqualTo(1));
            await last.SendAsync(Requests.Announce($"endpoint {Endpoints - 1}", Role.Destination, identity.ToPeer("192.0.2.9:9")));
            RemotePeer after = (await watched.PeersAsync()).Single();
            Assert.That((after.Id, after.Peer.Directs.Single().Port), Is.EqualTo((ids.Single(), 9u)));
        }
        finally
        {
            second.Kill();
            await second.WaitForExitAsync().WaitAsync(s_patience);
        }

        // Killed once more: those that did not come back are still there, and both roles of the last one.
        using Process third = Start(address);
        try
        {
            Assert.That(await ReadyAsync(third), Is.EqualTo((serverId, 2 * Endpoints)));
        }
        finally
        {
            third.Kill();
            await third.WaitForExitAsync().WaitAsync(s_patience);
        }
    }

    private Process Start(IPEndPoint address) => Process.Start(
        new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { typeof(Program).Assembly.Location, _folder, address.ToString() },
        })!;

    private static async Task<(string Id, int Waiting)> ReadyAsync(Process process)
    {
        using CancellationTokenSource patience = new(s_patience);
        string line = await process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("The server has ended.");
        return line.Split(' ') is [string id, string waiting] ? (id, int.Parse(waiting, System.Globalization.CultureInfo.InvariantCulture)) : throw new FormatException(line);
    }

    private async Task<(HandConnection Connection, ByteString Token)> AuthenticateAsync(
        QuicEndpoint endpoint, IPEndPoint address, int generation, ByteString reconnect, string metadata)
    {
        HandConnection connection = await HandConnection.DialAsync(
            endpoint, address, ConnectionKind.ControlClients, (ProtocolGeneration)generation, QuicCertificateValidation.Pinned(_certificate.Certificate));
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Token = ControlHarness.Token, ReconnectToken = reconnect, Metadata = metadata });
        AuthenticateResp response = await stream.ReceiveAsync(AuthenticateResp.Parser);
        Assert.That(response.Error, Is.Null);
        return (connection, response.ReconnectToken);
    }
}
