using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Connet.Client;
using Connet.Client.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Connet.AspNetCore.Tests;

/// <summary>The schemes over TLS.</summary>
public sealed class TlsTests
{
    private TestAuthority _authority = null!;
    private TestAuthority _stranger = null!;

    [OneTimeSetUp]
    public void MakeAuthorities() => (_authority, _stranger) = (new TestAuthority(), new TestAuthority());

    [OneTimeTearDown]
    public void RemoveAuthorities()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    [TestCase("1.1")]
    [TestCase("2.0")]
    public async Task A_source_serves_with_its_certificate(string version)
    {
        await using TestService service = await TestService.StartAsync(TestService.DescribeAsync);
        await using Scenario scenario = await Scenario.StartAsync("https://127.0.0.1:0/p", $"tcp://127.0.0.1:{service.Port}", Serve);
        using HttpClient http = scenario.Http(handler => Trust(handler, null), "https");
        http.DefaultRequestVersion = new Version(version);
        http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        string seen = await http.GetStringAsync("/x", scenario.Token);
        Assert.That(seen, Does.StartWith("GET /p/x\n").And.Contain("X-Forwarded-Proto: https").And.Contain($"Host: {Scenario.Name}"));
    }

    [Test]
    public async Task A_source_with_authorities_wants_a_client_certificate_of_theirs()
    {
        await using TestService service = await TestService.StartAsync(context => context.Response.WriteAsync("in"));
        await using Scenario scenario = await Scenario.StartAsync("https://127.0.0.1:0", $"http://127.0.0.1:{service.Port}", options =>
        {
            Serve(options);
            options.Tls.CaFile = _authority.CaFile;
        });
        using X509Certificate2 friend = Load(_authority.Issue("friend"));
        using X509Certificate2 other = Load(_stranger.Issue("other"));
        using HttpClient good = scenario.Http(handler => Trust(handler, friend), "https");
        using HttpClient bad = scenario.Http(handler => Trust(handler, other), "https");
        using HttpClient none = scenario.Http(handler => Trust(handler, null), "https");
        Assert.That(await good.GetStringAsync("/", scenario.Token), Is.EqualTo("in"));
        Assert.That(async () => await bad.GetStringAsync("/", scenario.Token), Throws.InstanceOf<HttpRequestException>());
        Assert.That(async () => await none.GetStringAsync("/", scenario.Token), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task A_destination_reaches_a_service_that_its_authorities_vouch_for()
    {
        await using TestService service = await StartTlsServiceAsync(clientCertificates: false);
        await using Scenario scenario = await Scenario.StartAsync(
            "http://127.0.0.1:0", $"https://localhost:{service.Port}/s", null, options => options.Tls.CaFile = _authority.CaFile);
        using HttpClient http = scenario.Http();
        Assert.That(await http.GetStringAsync("/x", scenario.Token), Is.EqualTo("/s/x "));
    }

    [Test]
    public async Task A_destination_shows_its_client_certificate()
    {
        await using TestService service = await StartTlsServiceAsync(clientCertificates: true);
        (string certificate, string key) = _authority.Issue("me");
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"https://127.0.0.1:{service.Port}", null, options =>
        {
            options.Tls.CaFile = _authority.CaFile;
            options.Tls.CertificateFile = certificate;
            options.Tls.KeyFile = key;
        });
        using HttpClient http = scenario.Http();
        Assert.That(await http.GetStringAsync("/", scenario.Token), Is.EqualTo("/ CN=me"));
    }

    [Test]
    public async Task A_service_that_nobody_vouches_for_is_a_bad_gateway_unless_that_does_not_matter()
    {
        await using TestService service = await StartTlsServiceAsync(clientCertificates: false);
        await using (Scenario careful = await Scenario.StartAsync(
            "http://127.0.0.1:0", $"https://127.0.0.1:{service.Port}", null, options => options.Tls.CaFile = _stranger.CaFile))
        {
            using HttpClient http = careful.Http();
            using HttpResponseMessage response = await http.GetAsync("/", careful.Token);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
            Assert.That(await response.Content.ReadAsStringAsync(careful.Token), Does.StartWith("The service of 'web' was not reached: ").And.Contain("certificate"));
        }

        await using Scenario careless = await Scenario.StartAsync(
            "http://127.0.0.1:0", $"https://127.0.0.1:{service.Port}", null, options => options.Tls.SkipVerification = true);
        using HttpClient client = careless.Http();
        Assert.That(await client.GetStringAsync("/", careless.Token), Is.EqualTo("/ "));
    }

    [Test]
    public async Task Files_that_are_read_again_count_for_new_connections()
    {
        await using TestService service = await StartTlsServiceAsync(clientCertificates: true);
        (string source, string sourceKey) = _authority.Issue("source-1");
        (string shown, string shownKey) = _authority.Issue("destination-1");
        await using Scenario scenario = await Scenario.StartAsync(
            "https://127.0.0.1:0",
            $"https://127.0.0.1:{service.Port}",
            options => options.Tls = new EndpointTlsOptions { CertificateFile = source, KeyFile = sourceKey },
            options => options.Tls = new EndpointTlsOptions { CertificateFile = shown, KeyFile = shownKey, CaFile = _authority.CaFile });
        List<string?> seen = [];
        using HttpClient before = scenario.Http(Record, "https");
        Assert.That(await before.GetStringAsync("/", scenario.Token), Is.EqualTo("/ CN=destination-1"));

        Replace(source, sourceKey, _authority.Issue("source-2"));
        Replace(shown, shownKey, _authority.Issue("destination-2"));
        scenario.SourceClient.Client.ReloadFiles();
        scenario.DestinationClient.Client.ReloadFiles();
        using HttpClient after = scenario.Http(Record, "https");
        Assert.That(await after.GetStringAsync("/", scenario.Token), Is.EqualTo("/ CN=destination-2"));
        Assert.That(await before.GetStringAsync("/", scenario.Token), Is.EqualTo("/ CN=destination-2"), "the user's connection is the old one, the request is new");
        Assert.That(seen, Is.EqualTo(new[] { "CN=source-1", "CN=source-2" }));

        void Record(SocketsHttpHandler handler) => handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            seen.Add(certificate?.Subject);
            return certificate is not null;
        };
    }

    [Test]
    public async Task WebSockets_are_taken_over_tls()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        ConnetDestination destination = scenario.AddDestination();
        await scenario.AddSourceAsync("wss://127.0.0.1:0/socket", Serve);
        using ClientWebSocket client = new();
        client.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=server";
        Task<ConnetConnection> accepting = destination.AcceptAsync(scenario.Token).AsTask();
        await client.ConnectAsync(new Uri($"wss://127.0.0.1:{scenario.EndPoint.Port}/socket"), scenario.Token);
        await using ConnetConnection connection = await accepting;
        await client.SendAsync(new byte[] { 1, 2, 3 }, WebSocketMessageType.Binary, true, scenario.Token);
        byte[] bytes = new byte[3];
        await connection.ReadExactlyAsync(bytes, scenario.Token);
        Assert.That(bytes, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [TestCase("https://127.0.0.1:0")]
    [TestCase("wss://127.0.0.1:0")]
    public async Task A_source_without_a_certificate_is_one_sentence(string address)
    {
        await using Scenario scenario = await Scenario.StartAsync();
        Assert.That(
            async () => await scenario.AddSourceAsync(address),
            Throws.InstanceOf<ConnetEndpointException>().With.Message.StartsWith("A source with TLS needs a certificate"));
    }

    [Test]
    public async Task A_file_that_is_missing_is_named()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        string missing = Path.Combine(Path.GetTempPath(), "connet-no-such-file.pem");
        Assert.That(
            async () => await scenario.AddSourceAsync("https://127.0.0.1:0", options => options.Tls.CertificateFile = missing),
            Throws.InstanceOf<ConnetEndpointException>().With.Message.Contains(missing));
        Assert.That(
            () => scenario.AddDestination("https://127.0.0.1:1", options => options.Tls.CaFile = missing),
            Throws.InstanceOf<ConnetEndpointException>().With.Message.Contains(missing));
    }

    private static void Replace(string certificate, string key, (string Certificate, string Key) by)
    {
        File.Copy(by.Certificate, certificate, overwrite: true);
        File.Copy(by.Key, key, overwrite: true);
    }

    private void Serve(ConnetSourceOptions options)
    {
        (string certificate, string key) = _authority.Issue("server");
        options.Tls = new EndpointTlsOptions { CertificateFile = certificate, KeyFile = key };
    }

    private Task<TestService> StartTlsServiceAsync(bool clientCertificates)
    {
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificate = Load(_authority.Issue("service")),
            ClientCertificateRequired = clientCertificates,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null || !clientCertificates,
        };
        return TestService.StartAsync(
            context => context.Response.WriteAsync($"{context.Request.Path} {context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate?.Subject}"), options);
    }

    private static X509Certificate2 Load((string Certificate, string Key) files) => X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);

    private void Trust(SocketsHttpHandler handler, X509Certificate2? certificate)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority.Certificate);
        handler.SslOptions.CertificateChainPolicy = policy;
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }
    }
}
