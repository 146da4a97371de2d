using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>The connecting side of <c>tls</c> with a tunnel in memory.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class TlsDestinationTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly TestPki _otherPki = new();

    public void Dispose()
    {
        _pki.Dispose();
        _otherPki.Dispose();
    }

    [Test]
    public async Task Bytes_and_ends_cross_both_ways()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service, options => options.CaFile = _pki.CaFile);
        FakeRequest request = setup.Ask();
        using TlsUser carried = await TlsUser.AcceptAsync(service, _pki.Issue());
        Assert.That(await request.Answer.Task.WaitAsync(SocketPair.Patience), Is.Null);
        await request.Far.WriteBoundedAsync([1]);
        Assert.That(await carried.ReadAsync(), Is.EqualTo(new byte[] { 1 }));
        await request.Far.CompleteWritesAsync(CancellationToken.None);
        Assert.That(await carried.ReadAsync(), Is.Empty);
        await carried.WriteAsync(2);
        Assert.That(await request.Far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 2 }));
        await carried.EndAsync();
        Assert.That(await request.Far.ReadBoundedAsync(), Is.Empty);
    }

    [Test]
    public async Task An_answer_that_is_cut_without_close_notify_is_no_orderly_end()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service, options => options.CaFile = _pki.CaFile);
        FakeRequest request = setup.Ask();
        using TlsUser carried = await TlsUser.AcceptAsync(service, _pki.Issue());
        await carried.WriteAsync(1);
        Assert.That(await request.Far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 1 }));
        carried.Socket.Shutdown(SocketShutdown.Send);
        Assert.That(async () => await request.Far.ReadBoundedAsync(), Throws.InstanceOf<IOException>().With.Message.EqualTo("0"));
    }

    [Test]
    public async Task A_reset_of_the_tunnel_resets_the_service()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service, options => options.CaFile = _pki.CaFile);
        FakeRequest request = setup.Ask();
        using TlsUser carried = await TlsUser.AcceptAsync(service, _pki.Issue());
        await request.Answer.Task.WaitAsync(SocketPair.Patience);
        request.Far.Abort(5);
        Assert.That(async () => await carried.ReadAsync(), Throws.InstanceOf<IOException>().With.InnerException.Property("SocketErrorCode").EqualTo(SocketError.ConnectionReset));
    }

    [TestCase("other authority", "is not vouched for by any that is trusted here")]
    [TestCase("system", "is not vouched for by any that is trusted here")]
    [TestCase("other name", "is for another name")]
    [TestCase("expired", "NotTimeValid")]
    [TestCase("for clients", "NotValidForUsage")]
    public async Task A_service_with_another_certificate_is_refused_with_a_log_line(string kind, string reason)
    {
        using Socket service = SocketPair.Listen();
        LogLines log = new();
        await using DestinationSetup setup = Start(
            service, options => options.CaFile = kind == "system" ? null : kind == "other authority" ? _otherPki.CaFile : _pki.CaFile, log);
        FakeRequest request = setup.Ask();
        await TryServeAsync(service, _pki.Issue(server: kind != "for clients", name: kind == "other name" ? "example.net" : "localhost", expired: kind == "expired"));
        string? answer = await request.Answer.Task.WaitAsync(SocketPair.Patience);
        Assert.That(answer, Does.StartWith("The destination cannot reach its service: TLS handshake: ").And.Contain(reason));
        await log.WaitBoundedAsync(reason);
        Assert.That(log.All, Does.Contain("tls://127.0.0.1:"));
        Assert.That(answer, Does.Not.Contain("127.0.0.1").And.Not.Contain("example.net"), "the other client is told no addresses");
    }

    [Test]
    public async Task A_name_is_sent_and_checked()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service, options => options.CaFile = _pki.CaFile, host: "localhost");
        FakeRequest request = setup.Ask();
        string? name = null;
        (string Certificate, string Key) identity = _pki.Issue();
        using TlsUser carried = await TlsUser.AcceptAsync(service, identity, new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, asked) =>
            {
                name = asked;
                return X509Certificate2.CreateFromPemFile(identity.Certificate, identity.Key);
            },
        });
        Assert.That((await request.Answer.Task.WaitAsync(SocketPair.Patience), name), Is.EqualTo(((string?)null, "localhost")));
    }

    [Test]
    public async Task A_certificate_that_stands_in_the_file_itself_is_accepted()
    {
        using Socket service = SocketPair.Listen();
        (string Certificate, string Key) identity = _otherPki.Issue();
        await using DestinationSetup setup = Start(service, options => options.CaFile = identity.Certificate);
        FakeRequest request = setup.Ask();
        using TlsUser carried = await TlsUser.AcceptAsync(service, identity);
        Assert.That(await request.Answer.Task.WaitAsync(SocketPair.Patience), Is.Null);
    }

    [Test]
    public async Task Without_verification_any_certificate_is_accepted()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service, options => options.SkipVerification = true);
        FakeRequest request = setup.Ask();
        using TlsUser carried = await TlsUser.AcceptAsync(service, _pki.Issue(name: "example.net", expired: true));
        Assert.That(await request.Answer.Task.WaitAsync(SocketPair.Patience), Is.Null);
    }

    [Test]
    public async Task A_service_that_asks_is_shown_the_client_certificate()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service, options =>
        {
            options.CaFile = _pki.CaFile;
            (options.CertificateFile, options.KeyFile) = _pki.Issue(server: false, name: "our destination");
        });
        FakeRequest request = setup.Ask();
        string? shown = null;
        using TlsUser carried = await TlsUser.AcceptAsync(service, _pki.Issue(), new SslServerAuthenticationOptions
        {
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                shown = certificate?.Subject;
                return shown is not null;
            },
        });
        Assert.That((await request.Answer.Task.WaitAsync(SocketPair.Patience), shown), Is.EqualTo(((string?)null, "CN=our destination")));
    }

    [Test]
    public async Task A_service_that_does_not_shake_hands_refuses_in_time()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service, options => options.HandshakeTimeout = TimeSpan.FromMilliseconds(200));
        FakeRequest request = setup.Ask();
        using Socket silent = await service.AcceptBoundedAsync();
        Assert.That(
            await request.Answer.Task.WaitAsync(SocketPair.Patience),
            Is.EqualTo("The destination cannot reach its service: TLS handshake: it was not complete within 0.2 s."));
    }

    [Test]
    public async Task A_service_without_TLS_refuses()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service);
        FakeRequest request = setup.Ask();
        using Socket plain = await service.AcceptBoundedAsync();
        await plain.SendBoundedAsync("220 ready\r\n"u8.ToArray());
        Assert.That(await request.Answer.Task.WaitAsync(SocketPair.Patience), Does.StartWith("The destination cannot reach its service: TLS handshake: "));
    }

    /// <summary>The other side gives up in its handshake, or right after it.</summary>
    private static async Task TryServeAsync(Socket service, (string Certificate, string Key) identity)
    {
        try
        {
            using TlsUser user = await TlsUser.AcceptAsync(service, identity);
            await user.ReadAsync();
        }
        catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
        {
            // As expected.
        }
    }

    private static DestinationSetup Start(Socket service, Action<EndpointTlsOptions>? configure = null, LogLines? log = null, string host = "127.0.0.1")
    {
        EndpointTlsOptions tls = new();
        configure?.Invoke(tls);
        EndpointContext context = new() { ShutdownTimeout = TimeSpan.FromMilliseconds(200), Tls = tls, Logger = log ?? new LogLines() };
        SslClientAuthenticationOptions options = tls.ToClientOptions(host);
        int port = ((System.Net.IPEndPoint)service.LocalEndPoint!).Port;
        return new DestinationSetup($"tls://{host}:{port}", context, async cancel =>
        {
            Socket socket = await TcpSockets.ConnectAsync(host, port, cancel);
            return await TlsHandshake.ConnectAsync(socket, options, context, cancel);
        });
    }
}
