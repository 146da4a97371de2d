using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Control;
using Connet.Quic;

namespace Connet.Control.Tests;

/// <summary>Starting a server, and everything that keeps it from starting.</summary>
public sealed class StartTests
{
    private static readonly (string What, Action<ControlServerOptions> Change, string Says)[] s_wrong =
    [
        ("no certificate", options => options.Certificate = null, "ClientIngresses[0] has no certificate"),
        ("one file", options => options.ClientIngresses[0].CertificateFile = "server.pem", "ClientIngresses[0] has only one of CertificateFile and KeyFile"),
        ("one file of the server", options => options.KeyFile = "server.key", "only one of CertificateFile and KeyFile"),
        ("address", options => options.RelayIngresses[0].Address = "a:b:1", "RelayIngresses[0].Address"),
        ("unknown name", options => options.RelayIngresses[0].Address = "nowhere.invalid:1", "'nowhere.invalid'"),
        ("port", options => options.ClientIngresses[0].Address = ":70000", "':70000' is no address"),
        ("prefix", options => options.ClientIngresses[0].AllowCidrs.Add("10.0.0.0/33"), "'10.0.0.0/33'"),
        ("empty token", options => options.ClientTokens.Add(""), "ClientTokens[1] is empty"),
        ("restrictions", options => options.ClientTokenRestrictions = [new(), new()], "ClientTokenRestrictions has 2 entries for 1 tokens"),
        ("expression", options => options.ClientTokenRestrictions = [new() { NameMatches = "(" }], "ClientTokenRestrictions[0]: '('"),
        ("backtracking", options => options.ClientTokenRestrictions = [new() { NameMatches = "(a)\\1" }], "ClientTokenRestrictions[0]"),
        ("role", options => options.ClientTokenRestrictions = [new() { RoleMatches = { "both" } }], "'both' is not a role"),
        ("prefix of a token", options => options.RelayTokenRestrictions = [new() { DenyCidrs = { "x" } }], "RelayTokenRestrictions[0]: 'x'"),
        ("expiry", options => options.EndpointExpiry = -TimeSpan.FromSeconds(1), "EndpointExpiry"),
        ("handshake", options => options.HandshakeIdleTimeout = TimeSpan.Zero, "HandshakeIdleTimeout"),
        ("limit", options => options.Limits.MaxNameLength = 0, "Limits.MaxNameLength is 0"),
        ("streams", options => options.Limits.MaxStreamsPerSession = 70000, "Limits.MaxStreamsPerSession"),
        ("time limit", options => options.Limits.AuthenticationTimeout = TimeSpan.Zero, "Limits.AuthenticationTimeout"),
    ];

    private static IEnumerable<TestCaseData> Wrong => Enumerable.Range(0, s_wrong.Length).Select(i => new TestCaseData(i).SetArgDisplayNames(s_wrong[i].What));

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("connet-control-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCaseSource(nameof(Wrong))]
    public void Options_that_are_wrong_are_named(int index)
    {
        ControlServerOptions options = ControlHarness.Options();
        s_wrong[index].Change(options);
        ControlServerException? exception = Assert.ThrowsAsync<ControlServerException>(async () => await ControlServer.StartAsync(options));
        Assert.That(exception!.Message, Does.Contain(s_wrong[index].Says).And.Not.Contain("\n"));
        Assert.That(exception.Message, Does.Not.Contain(ControlHarness.Token));
    }

    [Test]
    public void Options_show_no_tokens()
    {
        ControlServerOptions options = ControlHarness.Options();
        options.ClientTokenRestrictions.Add(new TokenRestrictionOptions());
        string text = options.ToString();
        Assert.That(text, Does.Not.Contain(ControlHarness.Token).And.Not.Contain(ControlHarness.RelayToken));
        Assert.That(text, Does.Contain("127.0.0.1:0"));
    }

    [Test]
    public async Task Certificates_come_from_files_of_the_ingress_or_of_the_server()
    {
        (string certificate, string key) = WriteCertificate("own");
        (string common, string commonKey) = WriteCertificate("common");
        ControlServerOptions options = ControlHarness.Options();
        (options.Certificate, options.CertificateFile, options.KeyFile) = (null, common, commonKey);
        (options.ClientIngresses[0].CertificateFile, options.ClientIngresses[0].KeyFile) = (certificate, key);
        await using ControlServer server = await ControlServer.StartAsync(options);
        await using QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        foreach ((IPEndPoint remote, ConnectionKind kind, string file) in new[]
        {
            (server.ClientEndPoints.Single(), ConnectionKind.ControlClients, certificate),
            (server.RelayEndPoints.Single(), ConnectionKind.ControlRelays, common),
        })
        {
            using X509Certificate2 expected = X509CertificateLoader.LoadCertificateFromFile(file);
            QuicCertificateValidation pin = QuicCertificateValidation.Pinned(expected.RawData);
            await using HandConnection connection = await HandConnection.DialAsync(endpoint, remote, kind, ProtocolGeneration.Second, pin);
        }
    }

    [Test]
    public void Files_that_cannot_be_read_are_named()
    {
        (string certificate, string key) = WriteCertificate("own");
        (_, string foreignKey) = WriteCertificate("foreign");
        string missing = Path.Combine(_folder, "missing.pem");
        string garbage = Path.Combine(_folder, "garbage.pem");
        File.WriteAllText(garbage, "nothing that anybody could use");
        foreach ((string certificateFile, string keyFile, string[] says) in new[]
        {
            (missing, key, new[] { $"The certificate file '{missing}' cannot be read" }),
            (certificate, missing, [$"The key file '{missing}' cannot be read"]),
            (_folder, key, [$"The certificate file '{_folder}' cannot be read"]),
            (garbage, key, [garbage, "cannot be used"]),
            (certificate, garbage, [garbage, "cannot be used"]),
            (certificate, foreignKey, [certificate, foreignKey, "cannot be used"]),
        })
        {
            ControlServerOptions options = ControlHarness.Options();
            (options.Certificate, options.CertificateFile, options.KeyFile) = (null, certificateFile, keyFile);
            ControlServerException? exception = Assert.ThrowsAsync<ControlServerException>(async () => await ControlServer.StartAsync(options));
            foreach (string part in says)
            {
                Assert.That(exception!.Message, Does.Contain(part));
            }

            Assert.That(exception!.Message, Does.Not.Contain("\n").And.Not.Contain("PRIVATE KEY-----"));
        }
    }

    [Test]
    public async Task A_port_in_use_is_named_and_what_was_bound_is_closed_again()
    {
        await using QuicEndpoint taken = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        int free = FreePorts.Next();
        ControlServerOptions options = ControlHarness.Options();
        options.ClientIngresses[0].Address = $"127.0.0.1:{free}";
        options.RelayIngresses[0].Address = $"127.0.0.1:{taken.LocalEndPoint.Port}";
        ControlServerException? exception = Assert.ThrowsAsync<ControlServerException>(async () => await ControlServer.StartAsync(options));
        Assert.That(exception!.Message, Does.Contain($"'127.0.0.1:{taken.LocalEndPoint.Port}'").And.Contain("relays").And.Not.Contain("\n"));
        await using QuicEndpoint again = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, free) });
    }

    [Test]
    public async Task A_foreign_store_is_named()
    {
        InMemoryControlStore store = new();
        await store.SetAsync("control-id", new byte[] { 1, 2, 3 });
        ControlServerOptions options = ControlHarness.Options();
        options.Store = store;
        ControlServerException? exception = Assert.ThrowsAsync<ControlServerException>(async () => await ControlServer.StartAsync(options));
        Assert.That(exception!.Message, Does.Contain("control-id"));
    }

    [Test]
    public async Task Each_ingress_has_a_reset_key_of_its_own_that_stays_the_same()
    {
        InMemoryControlStore store = new();
        List<string> keys = [];
        for (int i = 0; i < 2; i++)
        {
            ControlServerOptions options = ControlHarness.Options();
            options.Store = store;
            options.ClientIngresses.Add(new ControlIngressOptions { Address = "localhost:0" });
            options.ClientIngresses.Add(new ControlIngressOptions { Address = "127.0.0.1:0" });
            foreach (ControlIngressOptions ingress in options.ClientIngresses.Concat(options.RelayIngresses))
            {
                ingress.ConfigureEndpoint = endpoint => keys.Add(Convert.ToHexString(endpoint.StatelessResetKey!.Value.Span));
            }

            await using ControlServer server = await ControlServer.StartAsync(options);
            Assert.That(server.ClientEndPoints, Has.Count.EqualTo(3));
            Assert.That(server.ClientEndPoints.Select(endPoint => endPoint.Port), Is.All.Positive);
        }

        Assert.That(keys[..4].Distinct().Count(), Is.EqualTo(4));
        Assert.That(keys[4..], Is.EqualTo(keys[..4]));
    }

    [Test]
    public async Task A_filter_of_the_application_is_asked_after_the_rules()
    {
        int asked = 0;
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.ClientIngresses[0].ConfigureEndpoint = endpoint =>
            endpoint.AdmissionFilter = _ =>
            {
                Interlocked.Increment(ref asked);
                return QuicAdmission.Refuse;
            });
        QuicException? refused = Assert.ThrowsAsync<QuicException>(() => harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.Second));
        Assert.That(refused!.QuicError, Is.EqualTo(QuicError.ConnectionRefused));
        Assert.That(asked, Is.Positive);
    }

    [Test]
    public async Task The_status_shows_who_announces_what()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync(metadata: "device");
        Peer peer = HandIdentity.Peer().ToPeer("192.0.2.1:1", "192.0.2.2:2");
        peer.RelayIds.Add("relay");
        await (await client.RequestAsync(Requests.Announce("web", Protocol.Common.Role.Destination, peer))).PeersAsync();
        ControlClientStatus status = await harness.SingleClientAsync();
        Assert.That((status.Metadata, status.BuildVersion, status.ConnectedAt), Is.EqualTo(("device", "hand", harness.Clock.GetUtcNow())));
        Assert.That(status.RemoteEndPoint, Is.EqualTo(harness.Endpoint.LocalEndPoint));
        ControlEndpointStatus endpoint = status.Endpoints.Single();
        Assert.That((endpoint.Name, endpoint.Role, endpoint.DirectAddresses), Is.EqualTo(("web", ControlEndpointRole.Destination, 2)));
        Assert.That(endpoint.Relays, Is.EqualTo(new[] { "relay" }));
    }

    private (string Certificate, string Key) WriteCertificate(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        (string Certificate, string Key) files = (Path.Combine(_folder, $"{name}.pem"), Path.Combine(_folder, $"{name}.key"));
        File.WriteAllText(files.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
