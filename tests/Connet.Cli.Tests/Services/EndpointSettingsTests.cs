using Connet.Cli.Configuration;
using Connet.Cli.Services;
using Connet.Cli.Tests.Configuration;
using Connet.Cli.Tests.Processes;
using Connet.Client;
using Connet.Client.Endpoints;

namespace Connet.Cli.Tests.Services;

/// <summary>What the keys of an endpoint become for the library.</summary>
public sealed class EndpointSettingsTests : IDisposable
{
    private readonly Scratch _scratch = new();

    [OneTimeSetUp]
    public void Write_files()
    {
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        _scratch.Write("both.pem", File.ReadAllText(_scratch.Path("cert.pem")) + "\n" + File.ReadAllText(_scratch.Path("key.pem")));
        Directory.CreateDirectory(_scratch.Path("a folder"));
    }

    public void Dispose() => _scratch.Dispose();

    [TestCase("", ConnetLoadBalancing.None, ConnetDialRetry.None, null)]
    [TestCase("lb-policy = ''\nlb-retry = ''\nlb-retry-max = 0", ConnetLoadBalancing.None, ConnetDialRetry.None, null)]
    [TestCase("lb-policy = 'least-latency'", ConnetLoadBalancing.LeastLatency, ConnetDialRetry.None, null)]
    [TestCase("lb-policy = 'least-conns'\nlb-retry = 'count'", ConnetLoadBalancing.LeastConnections, ConnetDialRetry.Count, null)]
    [TestCase("lb-policy = 'round-robin'\nlb-retry = 'timed'\nlb-retry-max = 250", ConnetLoadBalancing.RoundRobin, ConnetDialRetry.Timed, 250)]
    [TestCase("lb-policy = 'random'\nlb-retry = 'all'\nlb-retry-max = '5'", ConnetLoadBalancing.Random, ConnetDialRetry.All, 5)]
    public void Load_balancing(string toml, ConnetLoadBalancing policy, ConnetDialRetry retry, int? most)
    {
        ConnetSourceOptions options = Source("url = 'tcp://:1'\n" + toml);
        Assert.That(options.LoadBalancing, Is.EqualTo(policy));
        Assert.That(options.Retry, Is.EqualTo(retry));
        Assert.That(options.RetryMax, Is.EqualTo(most));
    }

    [TestCase("", ConnetProxyProtocol.None)]
    [TestCase("proxy-proto-version = ''", ConnetProxyProtocol.None)]
    [TestCase("proxy-proto-version = 'v1'", ConnetProxyProtocol.V1)]
    [TestCase("proxy-proto-version = 'v2'", ConnetProxyProtocol.V2)]
    public void The_PROXY_protocol(string toml, ConnetProxyProtocol expected) =>
        Assert.That(Destination("url = 'tcp://h:1'\n" + toml).ProxyProtocol, Is.EqualTo(expected));

    [TestCase("any", ConnetRoute.Any)]
    [TestCase("direct", ConnetRoute.Direct)]
    [TestCase("relay", ConnetRoute.Relay)]
    public void Route_encryption_and_patience(string route, ConnetRoute expected)
    {
        string toml = $"url = 'tcp://h:1'\nroute = '{route}'\nrelay-encryptions = ['tls', 'none']\ndial-timeout = '3s'";
        ConnetSourceOptions source = Source(toml);
        ConnetDestinationOptions destination = Destination(toml);
        Assert.That((source.Route, destination.Route), Is.EqualTo((expected, expected)));
        Assert.That(source.RelayEncryptions, Is.EqualTo(new[] { "tls", "none" }));
        Assert.That(destination.RelayEncryptions, Is.EqualTo(new[] { "tls", "none" }));
        Assert.That((source.DialTimeout, destination.DialTimeout), Is.EqualTo((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3))));
    }

    [Test]
    public void Defaults_are_the_librarys()
    {
        Assert.That(Source("addr = ':1'").DialTimeout, Is.EqualTo(new ConnetSourceOptions().DialTimeout));
        Assert.That(Destination("addr = 'h:1'").DialTimeout, Is.EqualTo(TimeSpan.Zero));
        Assert.That(Source("addr = ':1'").Tls.CertificateFile, Is.Null);
    }

    [Test]
    public void The_certificate_of_a_source()
    {
        ConnetSourceOptions options = Source("url = 'https://:1'\ncert-file = '@/cert.pem'\nkey-file = '@/key.pem'\ncas-file = '@/cert.pem'");
        Assert.That(options.Tls.CertificateFile, Is.EqualTo(_scratch.Path("cert.pem")));
        Assert.That(options.Tls.KeyFile, Is.EqualTo(_scratch.Path("key.pem")));
        Assert.That(options.Tls.CaFile, Is.EqualTo(_scratch.Path("cert.pem")));
        Assert.That(options.Tls.SkipVerification, Is.False);
    }

    [Test]
    public void A_certificate_may_have_its_key_in_its_file()
    {
        ConnetDestinationOptions options = Destination("url = 'tls://h:1'\ncert-file = '@/both.pem'");
        Assert.That(options.Tls.CertificateFile, Is.EqualTo(_scratch.Path("both.pem")));
        Assert.That(options.Tls.KeyFile, Is.Null);
    }

    [Test]
    public void A_destination_may_skip_verification()
    {
        ConnetDestinationOptions options = Destination("url = 'tls://h:1'\ncas-file = 'insecure-skip-verify'");
        Assert.That(options.Tls.SkipVerification);
        Assert.That(options.Tls.CaFile, Is.Null);
    }

    [TestCase("url = 'tls://h:1'")]
    [TestCase("url = 'tls://h:1'\ncas-file = ''")]
    public void A_destination_verifies_unless_it_is_told_not_to(string toml)
    {
        ConnetDestinationOptions options = Destination(toml);
        Assert.That(options.Tls.SkipVerification, Is.False);
        Assert.That(options.Tls.CaFile, Is.Null);
    }

    [Test]
    public void A_folder_becomes_a_file_url()
    {
        EndpointSettings settings = Read(ConnetRole.Destination, "file-server-root = '@/a folder'");
        Assert.That(settings.Url, Is.EqualTo("file:" + _scratch.Path("a%20folder")));
        Assert.That(settings.ServedAt, Is.Null);
    }

    [TestCase("addr = ':3000'")]
    [TestCase("url = 'tcp://:3000'")]
    public void A_folder_with_an_address_is_served_there_too(string toml)
    {
        EndpointSettings settings = Read(ConnetRole.Destination, "file-server-root = '@/a folder'\n" + toml);
        Assert.That(settings.Url, Is.EqualTo("file:" + _scratch.Path("a%20folder")));
        Assert.That(settings.ServedAt, Is.EqualTo(":3000"));
    }

    [Test]
    public void Settings_that_differ_have_other_fingerprints()
    {
        const string Toml = "addr = ':1'\nrelay-encryptions = ['none', 'dhxcp']";
        string first = Read(ConnetRole.Source, Toml).Fingerprint;
        Assert.That(Read(ConnetRole.Source, "relay-encryptions = ['none', 'dhxcp']\nurl = 'tcp://:1'").Fingerprint, Is.EqualTo(first));
        Assert.That(Read(ConnetRole.Source, "addr = ':1'\nrelay-encryptions = ['dhxcp', 'none']").Fingerprint, Is.Not.EqualTo(first));
        Assert.That(Read(ConnetRole.Source, Toml + "\nroute = 'any'").Fingerprint, Is.Not.EqualTo(first));
    }

    [TestCase("url = 'https://example.com/app'", "file1.toml:2: client.destinations.a.url: 'https://example.com/app' has the scheme https, which this client does not know: use tcp")]
    [TestCase("addr = ':1'", "file1.toml:2: client.destinations.a.addr: 'tcp://:1' names no host to connect to: write tcp://host:port")]
    public void An_address_is_judged_by_the_schemes_of_the_client(string toml, string expected) =>
        Assert.That(
            Assert.Throws<ConfigurationException>(() => Read(ConnetRole.Destination, toml).CheckAddress([EndpointSchemes.Tcp]))!.Message, Is.EqualTo(expected));

    private ConnetSourceOptions Source(string toml)
    {
        ConnetSourceOptions options = new();
        Read(ConnetRole.Source, toml).Apply(options);
        Assert.That(options.Name, Is.EqualTo("a"));
        return options;
    }

    private ConnetDestinationOptions Destination(string toml)
    {
        ConnetDestinationOptions options = new();
        Read(ConnetRole.Destination, toml).Apply(options);
        Assert.That(options.Name, Is.EqualTo("a"));
        return options;
    }

    private EndpointSettings Read(ConnetRole role, string toml)
    {
        string table = role == ConnetRole.Source ? "sources" : "destinations";
        SettingsSection client = Settings.Load($"[client.{table}.a]\n{toml.Replace("@", _scratch.Folder, StringComparison.Ordinal)}").Root.Single("client");
        return new EndpointSettings(role, "a", client.Tables(table)["a"], []);
    }
}
