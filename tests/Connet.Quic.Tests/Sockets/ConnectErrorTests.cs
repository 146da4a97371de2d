using System.Net;
using System.Net.Sockets;

namespace Connet.Quic.Tests.Sockets;

/// <summary>What goes wrong between dialling and an established connection, and what decides it.</summary>
internal sealed class ConnectErrorTests : SocketFixture
{
    private const int BadCertificate = 0x100 + 42;
    private const int UnknownAuthority = 0x100 + 48;
    private const int CertificateRequired = 0x100 + 116;
    private const int InternalError = 0x100 + 80;

    [Test]
    [CancelAfter(Limit)]
    public async Task Nobody_answers(CancellationToken token)
    {
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        QuicEndpoint endpoint = Bind();
        QuicClientConnectionOptions options = ClientOptions(endpoint, o =>
        {
            o.RemoteEndPoint = (IPEndPoint)silent.LocalEndPoint!;
            o.HandshakeIdleTimeout = TimeSpan.FromMilliseconds(200);
        });
        Assert.That((await FailureOf(endpoint.ConnectAsync(options, token).AsTask(), token)).QuicError, Is.EqualTo(QuicError.ConnectionTimeout));

        // With the socket closed the system answers with an ICMP error, which proves nothing and changes nothing.
        silent.Close();
        Assert.That((await FailureOf(endpoint.ConnectAsync(options, token).AsTask(), token)).QuicError, Is.EqualTo(QuicError.ConnectionTimeout));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task An_endpoint_without_listener_refuses(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        Assert.That((await ConnectFailureAsync(server, token)).QuicError, Is.EqualTo(QuicError.ConnectionRefused));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task The_certificate_of_another_host_is_refused_and_the_server_hears_of_it(CancellationToken token)
    {
        using LogCapture log = new();
        QuicEndpoint server = Bind(configure: o => o.LoggerFactory = log);
        server.Listen(ListenerOptions());
        QuicException seen = await ConnectFailureAsync(server, token, o => o.TargetHost = "another.example");
        Assert.That((seen.QuicError, seen.TransportErrorCode), Is.EqualTo((QuicError.TlsError, (long?)BadCertificate)));
        Assert.That(seen.Message, Does.Contain("another.example"));
        Assert.That(await log.NextAsync("ended", token), Does.Contain("alert 42"));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task An_unknown_authority_is_refused(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        server.Listen(ListenerOptions());
        QuicException seen = await ConnectFailureAsync(server, token, o => o.CertificateValidation = QuicCertificateValidation.System());
        Assert.That((seen.QuicError, seen.TransportErrorCode), Is.EqualTo((QuicError.TlsError, (long?)UnknownAuthority)));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task No_common_protocol(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        server.Listen(ListenerOptions());
        QuicException seen = await ConnectFailureAsync(server, token, o => o.ApplicationProtocols = ["something else"]);
        Assert.That((seen.QuicError, seen.TransportErrorCode), Is.EqualTo((QuicError.TlsError, (long?)(0x100 + (int)TlsAlertCode.NoApplicationProtocol))));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task The_selector_answers_by_name_refuses_and_may_fail(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        QuicListener listener = server.Listen(new QuicListenerOptions
        {
            ApplicationProtocols = [Protocol],
            ServerOptionsSelector = hello => hello.ServerName switch
            {
                Certificates.Host => new QuicServerConnectionOptions { ServerCertificate = Certificates.Server },
                "other.example" => new QuicServerConnectionOptions { ServerCertificate = Certificates.OtherServer },
                "broken.example" => throw new InvalidOperationException("a fault of the application's"),
                _ => null,
            },
        });
        QuicException seen = await ConnectFailureAsync(server, token, o => o.TargetHost = "unknown.example");
        Assert.That(seen.TransportErrorCode, Is.EqualTo(0x100 + (int)TlsAlertCode.UnrecognizedName));
        seen = await ConnectFailureAsync(server, token, o => o.TargetHost = "broken.example");
        Assert.That(seen.TransportErrorCode, Is.EqualTo(InternalError));
        foreach ((string host, QuicCertificate certificate) in new[] { (Certificates.Host, Certificates.Server), ("other.example", Certificates.OtherServer) })
        {
            Pair pair = await ConnectAsync(Bind(), server, listener, token, o => o.TargetHost = host);
            Assert.That(pair.Client.RemoteCertificateChain[0].ToArray(), Is.EqualTo(certificate.RawLeaf.ToArray()));
            Assert.That(pair.Server.TargetHostName, Is.EqualTo(host));
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_required_client_certificate(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        QuicListener listener = server.Listen(ListenerOptions(AskFor(QuicClientCertificateMode.Required)));
        Pair pair = await ConnectAsync(Bind(), server, listener, token, o => o.ClientCertificate = Certificates.Client);
        Assert.That(pair.Server.RemoteCertificateChain[0].ToArray(), Is.EqualTo(Certificates.Client.RawLeaf.ToArray()));

        // A client is through before the server has looked at its certificate (RFC 8446, section 4.4.2): the refusal comes after.
        QuicException seen = await EndOf(Bind(), server, null, token);
        Assert.That((seen.QuicError, seen.TransportErrorCode), Is.EqualTo((QuicError.TlsError, (long?)CertificateRequired)));
        seen = await EndOf(Bind(), server, Certificates.Ed25519Client, token);
        Assert.That(seen.QuicError, Is.EqualTo(QuicError.TlsError));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task An_optional_client_certificate(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        QuicListener listener = server.Listen(ListenerOptions(AskFor(QuicClientCertificateMode.Optional)));
        Pair without = await ConnectAsync(Bind(), server, listener, token);
        Assert.That(without.Server.RemoteCertificateChain, Is.Empty);
        Pair with = await ConnectAsync(Bind(), server, listener, token, o => o.ClientCertificate = Certificates.Client);
        Assert.That(with.Server.RemoteCertificateChain, Has.Count.EqualTo(1));
        QuicException seen = await EndOf(Bind(), server, Certificates.Ed25519Client, token);
        Assert.That(seen.QuicError, Is.EqualTo(QuicError.TlsError));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Pins_by_exact_bytes_both_ways_with_Ed25519(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        QuicListener listener = server.Listen(ListenerOptions(o =>
        {
            o.ServerCertificate = Certificates.Ed25519Server;
            o.ClientCertificateMode = QuicClientCertificateMode.Required;
            o.ClientCertificateValidation = QuicCertificateValidation.Pinned(Certificates.Ed25519Client.RawLeaf);
        }));
        Pair pair = await ConnectAsync(Bind(), server, listener, token, o =>
        {
            o.TargetHost = null;
            o.ClientCertificate = Certificates.Ed25519Client;
            o.CertificateValidation = QuicCertificateValidation.Pinned(Certificates.Ed25519Server.RawLeaf);
        });
        Assert.That(pair.Server.TargetHostName, Is.Null);
        await pair.OpenStreamAsync(token);
        QuicException seen = await ConnectFailureAsync(server, token, o => o.CertificateValidation = QuicCertificateValidation.Pinned(Certificates.Server.RawLeaf));
        Assert.That(seen.TransportErrorCode, Is.EqualTo(BadCertificate));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task The_address_is_the_name_where_an_address_is_dialled(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        QuicListener listener = server.Listen(ListenerOptions());
        Pair pair = await ConnectAsync(Bind(), server, listener, token, o => o.TargetHost = "127.0.0.1");
        Assert.That(pair.Server.TargetHostName, Is.Null, "no server name goes out for an address (RFC 6066, section 3)");
        QuicException seen = await ConnectFailureAsync(server, token, o => o.TargetHost = "127.0.0.2");
        Assert.That(seen.TransportErrorCode, Is.EqualTo(BadCertificate));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_certificate_check_may_fail_or_be_given_up(CancellationToken token)
    {
        QuicEndpoint server = Bind();
        server.Listen(ListenerOptions());
        QuicException seen = await ConnectFailureAsync(server, token, o =>
            o.CertificateValidation = QuicCertificateValidation.Custom((_, _) => throw new InvalidOperationException("a fault of the application's")));
        Assert.That(seen.TransportErrorCode, Is.EqualTo(InternalError));

        TaskCompletionSource checking = new();
        TaskCompletionSource givenUp = new();
        using CancellationTokenSource cancel = new();
        Task connecting = Bind().ConnectAsync(
            ClientOptions(server, o => o.CertificateValidation = QuicCertificateValidation.Custom(async (_, ended) =>
            {
                checking.SetResult();
                await using CancellationTokenRegistration registration = ended.Register(givenUp.SetResult);
                await givenUp.Task;
                return true;
            })),
            cancel.Token).AsTask();
        await checking.Task.WaitAsync(token);
        await cancel.CancelAsync();
        await AssertCancelledAsync(connecting, cancel.Token, token);
        await givenUp.Task.WaitAsync(token);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_certificate_check_of_the_application_refuses_servers_and_clients(CancellationToken token)
    {
        QuicCertificateValidation refusing = QuicCertificateValidation.Custom(static (_, _) => ValueTask.FromResult(false));
        using LogCapture log = new();
        QuicEndpoint server = Bind(configure: o => o.LoggerFactory = log);
        await using (server.Listen(ListenerOptions()))
        {
            QuicException byClient = await ConnectFailureAsync(server, token, o => o.CertificateValidation = refusing);
            Assert.That((byClient.QuicError, byClient.TransportErrorCode), Is.EqualTo((QuicError.TlsError, (long?)BadCertificate)));
            Assert.That(await log.NextAsync("ended", token), Does.Contain("alert 42"));
        }

        server.Listen(ListenerOptions(o =>
        {
            o.ClientCertificateMode = QuicClientCertificateMode.Required;
            o.ClientCertificateValidation = refusing;
        }));
        QuicException byServer = await EndOf(Bind(), server, Certificates.Client, token);
        Assert.That((byServer.QuicError, byServer.TransportErrorCode), Is.EqualTo((QuicError.TlsError, (long?)BadCertificate)));
    }

    [TestCase(QuicAdmission.Refuse, QuicError.ConnectionRefused)]
    [TestCase(QuicAdmission.Ignore, QuicError.ConnectionTimeout)]
    [CancelAfter(Limit)]
    public async Task The_admission_filter_turns_away(QuicAdmission admission, QuicError expected, CancellationToken token)
    {
        IPEndPoint? asked = null;
        QuicEndpoint server = Bind(configure: o => o.AdmissionFilter = remote =>
        {
            asked = remote;
            return admission;
        });
        server.Listen(ListenerOptions());
        QuicEndpoint client = Bind();
        QuicClientConnectionOptions options = ClientOptions(server, o =>
        {
            // Where an answer is expected, it is waited for.
            o.HandshakeIdleTimeout = expected == QuicError.ConnectionTimeout ? TimeSpan.FromMilliseconds(500) : TimeSpan.FromSeconds(10);
        });
        Assert.That((await FailureOf(client.ConnectAsync(options, token).AsTask(), token)).QuicError, Is.EqualTo(expected));
        Assert.That(asked, Is.EqualTo(client.LocalEndPoint));
        Assert.That(server.GetStatistics().Connections, Is.Zero, "nothing is kept");
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_failing_admission_filter_lets_nobody_in_and_stops_nothing(CancellationToken token)
    {
        bool fails = true;
        QuicEndpoint server = Bind(configure: o => o.AdmissionFilter = _ =>
            Volatile.Read(ref fails) ? throw new InvalidOperationException("a fault of the application's") : QuicAdmission.Accept);
        QuicListener listener = server.Listen(ListenerOptions());
        QuicException seen = await ConnectFailureAsync(server, token, o => o.HandshakeIdleTimeout = TimeSpan.FromMilliseconds(200));
        Assert.That(seen.QuicError, Is.EqualTo(QuicError.ConnectionTimeout));
        Volatile.Write(ref fails, false);
        await ConnectAsync(Bind(), server, listener, token);
    }

    [TestCase(false)]
    [TestCase(true)]
    [CancelAfter(Limit)]
    public async Task Clients_answer_a_retry(bool byFilter, CancellationToken token)
    {
        int asked = 0;
        QuicEndpoint server = Bind(configure: o =>
        {
            o.AlwaysRetry = !byFilter;
            o.AdmissionFilter = _ =>
            {
                Interlocked.Increment(ref asked);
                return byFilter ? QuicAdmission.Retry : QuicAdmission.Accept;
            };
        });
        Pair pair = await ConnectAsync(Bind(), server, server.Listen(ListenerOptions()), token);
        await pair.OpenStreamAsync(token);
        Assert.That(Volatile.Read(ref asked), Is.GreaterThanOrEqualTo(2), "once before the Retry and once with its token");
    }

    private static Action<QuicServerConnectionOptions> AskFor(QuicClientCertificateMode mode) => options =>
    {
        options.ClientCertificateMode = mode;
        options.ClientCertificateValidation = QuicCertificateValidation.CustomRoots(Certificates.Authority);
    };

    private async Task<QuicException> ConnectFailureAsync(QuicEndpoint server, CancellationToken token, Action<QuicClientConnectionOptions>? configure = null) =>
        await FailureOf(Bind().ConnectAsync(ClientOptions(server, configure), token).AsTask(), token);

    /// <summary>How a connection ends that the server refuses, before or after it is established on the client.</summary>
    private static async Task<QuicException> EndOf(QuicEndpoint client, QuicEndpoint server, QuicCertificate? certificate, CancellationToken token)
    {
        try
        {
            QuicConnection connection = await client.ConnectAsync(ClientOptions(server, o => o.ClientCertificate = certificate), token);
            await connection.Closed.WaitAsync(token);
            return connection.CloseException();
        }
        catch (QuicException exception)
        {
            return exception;
        }
    }
}
