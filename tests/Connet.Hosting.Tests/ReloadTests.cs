using System.Net;
using System.Security.Cryptography.X509Certificates;
using Connet.Control;
using Connet.Protocol;
using Connet.Quic;
using Connet.Relay;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Hosting.Tests;

/// <summary>Options of the combined server that change while it runs.</summary>
public sealed class ReloadTests
{
    private const string ControlProtocol = "connet-control/0.4";
    private const string RelayProtocol = "connet-relay/0.3";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly QuicEndpoint _endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });

    [OneTimeTearDown]
    public async Task CloseAsync() => await _endpoint.DisposeAsync();

    [Test]
    public async Task Both_parts_take_over_rules_tokens_and_certificates()
    {
        QuicCertificate old = TestCertificate.Create();
        QuicCertificate renewed = TestCertificate.Create();
        await using ConnetServer server = await ConnetServer.StartAsync(Options(old));
        IPEndPoint control = server.Control.ClientEndPoints[0];
        await using (QuicConnection before = await DialAsync(control, ControlProtocol, old))
        {
            Assert.That(await CodeOfAsync(before, "new"), Is.EqualTo(100));
        }

        await using QuicConnection kept = await DialAsync(control, ControlProtocol, old);
        Assert.That(await CodeOfAsync(kept, "secret"), Is.Zero);
        ConnetServerOptions options = Options(renewed);
        options.ClientTokens = ["new"];
        await server.ReloadAsync(options);
        await kept.Closed.WaitAsync(s_patience);
        Assert.That(kept.CloseException().ApplicationErrorCode, Is.EqualTo(100), "its token was removed");
        Assert.ThrowsAsync<QuicException>(async () => await DialAsync(control, ControlProtocol, old));
        await using (QuicConnection after = await DialAsync(control, ControlProtocol, renewed))
        {
            Assert.That(await CodeOfAsync(after, "new"), Is.Zero);
        }

        Assert.That(server.Relay.GetStatus().ControlState, Is.EqualTo(RelayControlState.Connected), "the two of one process go on together");
        Assert.That(server.Control.GetStatus().Relays, Has.Count.EqualTo(1));

        options = Options(renewed);
        options.RelayIngresses[0].DenyCidrs.Add("127.0.0.1");
        await server.ReloadAsync(options);
        QuicException refused = Assert.ThrowsAsync<QuicException>(async () => await DialAsync(server.Relay.EndPoints[0], RelayProtocol, renewed))!;
        Assert.That(refused.QuicError, Is.EqualTo(QuicError.ConnectionRefused));
    }

    [Test]
    public async Task What_one_part_cannot_take_the_other_does_not_take_either()
    {
        QuicCertificate old = TestCertificate.Create();
        await using ConnetServer server = await ConnetServer.StartAsync(Options(old));
        (Action<ConnetServerOptions> Change, string Says)[] cases =
        [
            (options => options.RelayIngresses[0].Address = "127.0.0.1:1", "in its relay, The list of addresses of Ingresses was"),
            (options => options.RelayIngresses.Add(new RelayIngressOptions { Address = "127.0.0.1:0" }), "in its relay, The number of Ingresses was 1"),
            (options => options.ClientIngresses[0].Address = "127.0.0.1:1", "The list of addresses of ClientIngresses was"),
            (options => options.ClientTokenRestrictions = [new(), new()], "ClientTokenRestrictions has 2 entries"),
            (options => options.ShutdownTimeout = TimeSpan.FromSeconds(9), "in its relay, ShutdownTimeout was 00:00:03"),
            (options => options.EndpointExpiry = TimeSpan.Zero, "EndpointExpiry was 00:00:30"),
        ];
        foreach ((Action<ConnetServerOptions> change, string says) in cases)
        {
            ConnetServerOptions options = Options(TestCertificate.Create());
            options.RelayIngresses[0].DenyCidrs.Add("127.0.0.1");
            options.ClientTokens = ["new"];
            change(options);
            ConnetException failure = Assert.CatchAsync<ConnetException>(async () => await server.ReloadAsync(options))!;
            Assert.That(failure.Message, Does.Contain(says).And.Contain("keeps its options").And.Not.Contain("\n"));
            await using QuicConnection connection = await DialAsync(server.Control.ClientEndPoints[0], ControlProtocol, old);
            Assert.That(await CodeOfAsync(connection, "secret"), Is.Zero, says);
            QuicException relay = Assert.ThrowsAsync<QuicException>(async () => await DialAsync(server.Relay.EndPoints[0], RelayProtocol, old))!;
            Assert.That(relay.QuicError, Is.Not.EqualTo(QuicError.ConnectionRefused), "the relay's certificate is another one, and its address is not refused");
        }
    }

    [Test]
    public async Task A_change_of_the_configuration_is_taken_over_and_one_that_is_not_valid_is_logged_once()
    {
        using TemporaryFolder folder = new();
        using LogLines log = new();
        (string first, string firstKey) = TestCertificate.CreatePem();
        (string second, string secondKey) = TestCertificate.CreatePem();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Connet:CertificateFile"] = folder.Write("cert.pem", first),
            ["Connet:KeyFile"] = folder.Write("key.pem", firstKey),
            ["Connet:ClientIngresses:0:Address"] = "127.0.0.1:0",
            ["Connet:ClientTokens:0"] = "secret",
            ["Connet:RelayIngresses:0:Address"] = "127.0.0.1:0",
        });
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.Services.AddConnetServer(builder.Configuration.GetSection("Connet"));
        using IHost host = builder.Build();
        await host.StartAsync().WaitAsync(s_patience);
        IPEndPoint control = host.Services.GetRequiredService<ConnetServerService>().Server.Control.ClientEndPoints[0];

        // A token that is not valid, twice; the file of the certificate is not read either.
        folder.Write("cert.pem", second);
        folder.Write("key.pem", secondKey);
        builder.Configuration["Connet:ClientTokens:1"] = "";
        Reload(builder.Configuration);
        Reload(builder.Configuration);
        await UntilAsync(() => log.Count("Error 1 The options were not read again", "ClientTokens[1] is empty") == 1);
        await using (QuicConnection still = await DialAsync(control, ControlProtocol, Leaf(first)))
        {
            Assert.That(await CodeOfAsync(still, "secret"), Is.Zero);
        }

        builder.Configuration["Connet:ClientTokens:1"] = "another";
        Reload(builder.Configuration);
        // The second of the notifications before may still be under way: it reads the new token too then, and says so too.
        await UntilAsync(() => log.Count("Information 19 The options were read again") >= 1);
        await using (QuicConnection renewed = await DialAsync(control, ControlProtocol, Leaf(second)))
        {
            Assert.That(await CodeOfAsync(renewed, "another"), Is.Zero);
        }

        Assert.That(log.Count("The options were not read again"), Is.EqualTo(1));
        await host.StopAsync().WaitAsync(s_patience);
    }

    private static ConnetServerOptions Options(QuicCertificate certificate) => new()
    {
        Certificate = certificate,
        ClientIngresses = [new ControlIngressOptions { Address = "127.0.0.1:0" }],
        ClientTokens = ["secret"],
        RelayIngresses = [new RelayIngressOptions { Address = "127.0.0.1:0" }],
    };

    private static ReadOnlyMemory<byte> Leaf(string pem)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
        return certificate.RawData;
    }

    private Task<QuicConnection> DialAsync(IPEndPoint remote, string protocol, QuicCertificate certificate) => DialAsync(remote, protocol, certificate.RawLeaf);

    private async Task<QuicConnection> DialAsync(IPEndPoint remote, string protocol, ReadOnlyMemory<byte> leaf)
    {
        using CancellationTokenSource patience = new(s_patience);
        QuicClientConnectionOptions options = new()
        {
            RemoteEndPoint = remote,
            ApplicationProtocols = [protocol],
            CertificateValidation = QuicCertificateValidation.Pinned(leaf),
        };
        return await _endpoint.ConnectAsync(options, patience.Token);
    }

    /// <summary>Authenticates with a token, in the bytes of protocol.md.</summary>
    /// <returns>The code of the answer; zero if it carries no error.</returns>
    private static async Task<int> CodeOfAsync(QuicConnection connection, string token)
    {
        using CancellationTokenSource patience = new(s_patience);
        QuicStream stream = await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, patience.Token);
        byte[] text = System.Text.Encoding.UTF8.GetBytes(token);
        await stream.WriteAsync(new byte[] { 0, 0, 0, (byte)(text.Length + 2), 0x0a, (byte)text.Length }.Concat(text).ToArray(), completeWrites: true, patience.Token);
        byte[] answer = new byte[4 + 4];
        await stream.ReadExactlyAsync(answer, patience.Token);

        // Field 1 of the answer is the error, and field 1 in that its code.
        return answer[4] == 0x0a ? answer[7] : 0;
    }

    /// <summary>Tells that the configuration has changed. What is not valid is thrown at whoever tells, by a monitor of the options.</summary>
    private static void Reload(IConfigurationRoot configuration)
    {
        try
        {
            configuration.Reload();
        }
        catch (Exception exception) when (exception is AggregateException or OptionsValidationException)
        {
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
        using CancellationTokenSource patience = new(s_patience);
        while (!condition())
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
