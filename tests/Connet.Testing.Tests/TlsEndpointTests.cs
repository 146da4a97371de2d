using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Connet.Client;
using Connet.Client.Tests;

namespace Connet.Testing.Tests;

/// <summary>Who is believed, from a user of a <c>tls</c> source to the service of a <c>tls</c> destination.</summary>
public sealed class TlsEndpointTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly TestPki _otherPki = new();
    private readonly LogLines _log = new();
    private TcpListener _service = null!;

    [SetUp]
    public void Listen()
    {
        _service = new TcpListener(IPAddress.Loopback, 0);
        _service.Start();
    }

    [TearDown]
    public void StopListening() => _service.Dispose();

    public void Dispose()
    {
        _service.Dispose();
        _pki.Dispose();
        _otherPki.Dispose();
    }

    [Test]
    public async Task A_user_with_a_client_certificate_of_the_authority_reaches_the_service()
    {
        await using Scenario scenario = await StartAsync(source: options => options.Tls.CaFile = _pki.CaFile, destination: Plain);
        using TcpClient user = await ConnectAsync(scenario);
        await using SslStream tls = await SecureAsync(user, scenario, _pki.Issue(server: false, name: "alice"));
        using TcpClient served = await _service.AcceptTcpClientAsync(scenario.Token);
        await tls.WriteAsync(new byte[] { 7 }, scenario.Token);
        Assert.That(await scenario.ReadAsync(served.GetStream(), 1), Is.EqualTo(new byte[] { 7 }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_user_without_one_or_with_one_of_another_authority_is_refused_with_a_log_line(bool without)
    {
        await using Scenario scenario = await StartAsync(source: options => options.Tls.CaFile = _pki.CaFile, destination: Plain);
        Assert.That(
            async () =>
            {
                using TcpClient user = await ConnectAsync(scenario);
                await using SslStream tls = await SecureAsync(user, scenario, without ? null : _otherPki.Issue(server: false, name: "mallory"));
                await scenario.ReadAsync(tls, 1);
            },
            Throws.InstanceOf<IOException>().Or.InstanceOf<AuthenticationException>());
        await _log.WaitBoundedAsync(without ? "the other side has shown no certificate" : "is not vouched for by any that is trusted here");
        Assert.That(_service.Pending(), Is.False);
    }

    [Test]
    public async Task A_service_of_another_authority_is_refused_with_a_log_line_and_its_user_reset()
    {
        await using Scenario scenario = await StartAsync(destination: options => options.Tls.CaFile = _otherPki.CaFile);
        using CancellationTokenSource served = new();
        Task serving = RefusedAsync(scenario, served.Token);
        using TcpClient user = await ConnectAsync(scenario);
        await using SslStream tls = await SecureAsync(user, scenario);
        Assert.That(async () => await scenario.ReadAsync(tls, 1), Throws.InstanceOf<IOException>());
        await served.CancelAsync();
        await serving;
        await _log.WaitBoundedAsync($"tls://{_service.LocalEndpoint} was not reached: TLS handshake: the certificate of the other side is not vouched for");
    }

    [Test]
    public async Task A_destination_without_verification_takes_any_service()
    {
        await using Scenario scenario = await StartAsync(destination: options => options.Tls.SkipVerification = true);
        using TcpClient user = await ConnectAsync(scenario);
        await using SslStream tls = await SecureAsync(user, scenario);
        using TcpClient served = await _service.AcceptTcpClientAsync(scenario.Token);
        await using SslStream servedTls = await ServeAsync(served, scenario);
        await tls.WriteAsync(new byte[] { 7 }, scenario.Token);
        Assert.That(await scenario.ReadAsync(servedTls, 1), Is.EqualTo(new byte[] { 7 }));
    }

    /// <summary>An end that anybody on the way could have forged becomes none.</summary>
    [Test]
    public async Task A_connection_that_is_cut_without_close_notify_is_reset_at_the_other_end()
    {
        await using Scenario scenario = await StartAsync(destination: options => options.Tls.CaFile = _pki.CaFile);
        using TcpClient user = await ConnectAsync(scenario);
        await using SslStream tls = await SecureAsync(user, scenario);
        using TcpClient served = await _service.AcceptTcpClientAsync(scenario.Token);
        await using SslStream servedTls = await ServeAsync(served, scenario);
        await tls.WriteAsync(new byte[] { 7 }, scenario.Token);
        await scenario.ReadAsync(servedTls, 1);
        user.Client.Shutdown(SocketShutdown.Send);
        Assert.That(
            async () => await scenario.ReadAsync(servedTls, 1),
            Throws.InstanceOf<IOException>().With.InnerException.Property("SocketErrorCode").EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task A_file_that_cannot_be_used_is_an_error_before_anything_is_accepted()
    {
        await using Scenario scenario = await StartAsync(destination: Plain);
        (string certificate, string key) = (_pki.Issue().Certificate, _pki.Issue().Key);
        ConnetSourceOptions source = new() { Name = "other", Address = "tls://127.0.0.1:0" };
        (source.Tls.CertificateFile, source.Tls.KeyFile) = (certificate, key);
        Assert.That(
            async () => await scenario.SourceClient.Client.AddSourceAsync(source, scenario.Token),
            Throws.TypeOf<ConnetEndpointException>().With.Message.StartsWith($"The private key in {key} does not fit the certificate in {certificate}"));

        ConnetDestinationOptions destination = new() { Name = "other", Address = $"tls://{_service.LocalEndpoint}" };
        destination.Tls.CaFile = "/nowhere/ca.pem";
        Assert.That(
            () => scenario.DestinationClient.Client.AddDestination(destination),
            Throws.TypeOf<ConnetEndpointException>().With.Message.StartsWith("The CA file /nowhere/ca.pem cannot be read: "));

        // The name is free again.
        destination.Tls.CaFile = null;
        await using ConnetDestination second = scenario.DestinationClient.Client.AddDestination(destination);
        Assert.That(scenario.DestinationClient.Client.GetStatus().Endpoints.Select(each => each.Name), Is.EquivalentTo(new[] { Scenario.Name, "other" }));
    }

    [Test]
    public async Task Files_that_are_read_again_count_for_new_connections_and_open_ones_go_on()
    {
        (string certificate, string key) = _pki.Issue();
        (string shown, string shownKey) = _pki.Issue(server: false, name: "first");
        await using Scenario scenario = await StartAsync(
            options => (options.Tls.CertificateFile, options.Tls.KeyFile) = (certificate, key),
            options => (options.Tls.CaFile, options.Tls.CertificateFile, options.Tls.KeyFile) = (_pki.CaFile, shown, shownKey));
        await using Carried before = await CarryAsync(scenario);
        Assert.That(before.Seen, Is.EqualTo(("CN=localhost", "CN=first")));

        Replace(certificate, key, _pki.Issue(name: "second"));
        Replace(shown, shownKey, _pki.Issue(server: false, name: "third"));
        await using Carried unread = await CarryAsync(scenario);
        Assert.That(unread.Seen, Is.EqualTo(before.Seen), "nobody has asked for them to be read");
        scenario.SourceClient.Client.ReloadFiles();
        scenario.DestinationClient.Client.ReloadFiles();
        await using Carried after = await CarryAsync(scenario);
        Assert.That(after.Seen, Is.EqualTo(("CN=second", "CN=third")));

        File.WriteAllText(key, "no key");
        Assert.That(
            scenario.SourceClient.Client.ReloadFiles, Throws.TypeOf<ConnetEndpointException>().With.Message.StartsWith($"The file {key} has no private key"));
        await using Carried still = await CarryAsync(scenario);
        Assert.That(still.Seen, Is.EqualTo(after.Seen));
        foreach (Carried each in new[] { before, unread, after, still })
        {
            await each.CheckAsync(scenario);
        }
    }

    private static void Replace(string certificate, string key, (string Certificate, string Key) by)
    {
        File.Copy(by.Certificate, certificate, overwrite: true);
        File.Copy(by.Key, key, overwrite: true);
    }

    /// <summary>A connection from a user to the service.</summary>
    private async Task<Carried> CarryAsync(Scenario scenario)
    {
        TcpClient user = await ConnectAsync(scenario);
        SslStream tls = await SecureAsync(user, scenario);
        TcpClient served = await _service.AcceptTcpClientAsync(scenario.Token);
        return new Carried(user, tls, served, await ServeAsync(served, scenario, clientCertificate: true));
    }

    private static async Task<TcpClient> ConnectAsync(Scenario scenario)
    {
        TcpClient client = new();
        await client.ConnectAsync((IPEndPoint)scenario.Source.LocalEndPoint!, scenario.Token);
        return client;
    }

    private static async Task<SslStream> SecureAsync(TcpClient user, Scenario scenario, (string Certificate, string Key)? identity = null)
    {
        SslClientAuthenticationOptions options = new() { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null };
        if (identity is { } own)
        {
            options.ClientCertificates = [X509Certificate2.CreateFromPemFile(own.Certificate, own.Key)];
        }

        SslStream tls = new(user.GetStream());
        await tls.AuthenticateAsClientAsync(options, scenario.Token);
        return tls;
    }

    private async Task<SslStream> ServeAsync(TcpClient served, Scenario scenario, bool clientCertificate = false)
    {
        (string certificate, string key) = _pki.Issue();
        SslStream tls = new(served.GetStream());
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = X509Certificate2.CreateFromPemFile(certificate, key),
                ClientCertificateRequired = clientCertificate,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null || !clientCertificate,
            },
            scenario.Token);
        return tls;
    }

    /// <summary>A service that is refused on each path that the dial tries, until the end of the test.</summary>
    private async Task RefusedAsync(Scenario scenario, CancellationToken end)
    {
        int refusals = 0;
        while (!end.IsCancellationRequested)
        {
            try
            {
                using TcpClient served = await _service.AcceptTcpClientAsync(end);
                await using SslStream tls = await ServeAsync(served, scenario);
                await scenario.ReadAsync(tls, 1);
                Assert.Fail("The destination has accepted the service.");
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException)
            {
                refusals++;
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                break;
            }
        }

        Assert.That(refusals, Is.Positive);
    }

    private void Plain(ConnetDestinationOptions options) => options.Address = $"tcp://{_service.LocalEndpoint}";

    private Task<Scenario> StartAsync(Action<ConnetSourceOptions>? source = null, Action<ConnetDestinationOptions>? destination = null) => Scenario.StartAsync(
        ConnetRoute.Direct,
        network => network.LoggerFactory = new LogFactory(_log),
        options =>
        {
            options.Address = "tls://127.0.0.1:0";
            (options.Tls.CertificateFile, options.Tls.KeyFile) = _pki.Issue();
            source?.Invoke(options);
        },
        options =>
        {
            options.Address = $"tls://{_service.LocalEndpoint}";
            destination?.Invoke(options);
        });

    /// <summary>Both ends of what crosses the tunnel.</summary>
    private sealed record Carried(TcpClient User, SslStream UserTls, TcpClient Served, SslStream ServedTls) : IAsyncDisposable
    {
        /// <summary>The certificate that the user was shown, and the one that the service was shown.</summary>
        public (string? ByUser, string? ByService) Seen => (UserTls.RemoteCertificate?.Subject, ServedTls.RemoteCertificate?.Subject);

        public async Task CheckAsync(Scenario scenario)
        {
            await UserTls.WriteAsync(new byte[] { 7 }, scenario.Token);
            Assert.That(await scenario.ReadAsync(ServedTls, 1), Is.EqualTo(new byte[] { 7 }));
        }

        public async ValueTask DisposeAsync()
        {
            await UserTls.DisposeAsync();
            await ServedTls.DisposeAsync();
            User.Dispose();
            Served.Dispose();
        }
    }
}
