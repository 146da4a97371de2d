using System.Net.Security;
using System.Net.Sockets;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>The listening side of <c>tls</c> with a tunnel in memory.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class TlsSourceTests : IDisposable
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
        await using SourceSetup setup = await StartAsync();
        using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        await user.WriteAsync(1, 2, 3);
        Assert.That(await far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        await user.EndAsync();
        Assert.That(await far.ReadBoundedAsync(), Is.Empty);
        await far.WriteBoundedAsync([4]);
        Assert.That(await user.ReadAsync(), Is.EqualTo(new byte[] { 4 }));
        await far.CompleteWritesAsync(CancellationToken.None);
        Assert.That(await user.ReadAsync(), Is.Empty);
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
    }

    [Test]
    public async Task The_destination_may_end_first_and_still_hears_the_user()
    {
        await using SourceSetup setup = await StartAsync();
        using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        await far.CompleteWritesAsync(CancellationToken.None);
        Assert.That(await user.ReadAsync(), Is.Empty);
        await user.WriteAsync(7);
        Assert.That(await far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 7 }));
        await user.EndAsync();
        Assert.That(await far.ReadBoundedAsync(), Is.Empty);
    }

    /// <summary>Anybody on the way can end the socket; only the user itself can end the TLS connection.</summary>
    [Test]
    public async Task An_end_without_close_notify_resets_both_directions()
    {
        await using SourceSetup setup = await StartAsync();
        using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        await user.WriteAsync(1);
        Assert.That(await far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 1 }));
        user.Socket.Shutdown(SocketShutdown.Send);
        Assert.That(async () => await far.ReadBoundedAsync(), Throws.InstanceOf<IOException>().With.Message.EqualTo("0"));
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
        Assert.That(async () => await far.WriteBoundedAsync([1]), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_reset_of_the_socket_resets_both_directions()
    {
        await using SourceSetup setup = await StartAsync();
        using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        await user.Stream.WriteAsync(new byte[] { 1 });
        Assert.That(await far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 1 }), "the dial is over, and nobody looks any more whether its user has gone");
        user.Socket.Reset();
        Assert.That(async () => await far.ReadBoundedAsync(), Throws.InstanceOf<IOException>().With.Message.EqualTo("0"));
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
    }

    [Test]
    public async Task A_reset_of_the_tunnel_is_no_orderly_end()
    {
        await using SourceSetup setup = await StartAsync();
        using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        far.Abort(77);
        Assert.That(async () => await user.ReadAsync(), Throws.InstanceOf<IOException>().With.InnerException.Property("SocketErrorCode").EqualTo(SocketError.ConnectionReset));
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
    }

    [Test]
    public async Task A_reader_that_does_not_read_stops_the_sender()
    {
        await using SourceSetup setup = await StartAsync();
        using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        await user.Stream.WriteAsync(new byte[] { 1 });
        using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(500));
        byte[] piece = new byte[1024 * 1024];
        long sent = 0;
        try
        {
            while (sent < 1L << 30)
            {
                await user.Stream.WriteAsync(piece, patience.Token);
                sent += piece.Length;
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped, as it should.
        }

        Assert.That(sent, Is.LessThan(64L * 1024 * 1024));
        Assert.That(await far.ReadBoundedAsync(), Is.Not.Empty);
    }

    [Test]
    public async Task A_user_that_does_not_shake_hands_is_closed_in_time_with_a_log_line()
    {
        LogLines log = new();
        await using SourceSetup setup = await StartAsync(options => options.HandshakeTimeout = TimeSpan.FromMilliseconds(200), log);
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        Assert.That(await user.ReceiveBoundedAsync(), Is.Empty);
        await log.WaitBoundedAsync("TLS handshake: it was not complete within 0.2 s");
        await setup.WaitForCountAsync(0);
        Assert.That(setup.Nears, Is.Empty, "nobody is dialled for before the handshake");
    }

    [Test]
    public async Task A_user_that_speaks_something_else_is_closed_with_a_log_line()
    {
        LogLines log = new();
        await using SourceSetup setup = await StartAsync(log: log);
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        await user.SendBoundedAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        await log.WaitBoundedAsync($"a connection from {new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, ((System.Net.IPEndPoint)user.LocalEndPoint!).Port)} was closed");
        await setup.WaitForCountAsync(0);
        Assert.That(setup.Nears, Is.Empty);
    }

    [Test]
    public async Task A_client_certificate_of_the_authority_is_accepted()
    {
        await using SourceSetup setup = await StartAsync(options => options.CaFile = _pki.CaFile);
        using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint, _pki.Issue(server: false, name: "alice"));
        FakeTunnel far = await setup.NextAsync();
        await user.WriteAsync(1);
        Assert.That(await far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 1 }));
    }

    /// <summary>It is the file's own certificate, whoever has signed it.</summary>
    [Test]
    public async Task A_client_certificate_that_stands_in_the_file_itself_is_accepted()
    {
        (string Certificate, string Key) known = _otherPki.Issue(server: false, name: "bob");
        await using SourceSetup setup = await StartAsync(options => options.CaFile = known.Certificate);
        using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint, known);
        await setup.NextAsync();
    }

    [TestCase("none", "has shown no certificate")]
    [TestCase("of another authority", "is not vouched for by any that is trusted here")]
    [TestCase("for servers", "NotValidForUsage")]
    [TestCase("expired", "NotTimeValid")]
    [TestCase("expired, in the file itself", "expired or not valid yet")]
    [TestCase("for servers, in the file itself", "not meant for this use")]
    public async Task Another_client_certificate_is_refused_with_a_log_line(string kind, string reason)
    {
        (string Certificate, string Key)? shown = kind switch
        {
            "none" => null,
            "of another authority" => _otherPki.Issue(server: false, name: "mallory"),
            _ => (kind.Contains("itself", StringComparison.Ordinal) ? _otherPki : _pki).Issue(
                server: kind.StartsWith("for servers", StringComparison.Ordinal), name: "carol", expired: kind.StartsWith("expired", StringComparison.Ordinal)),
        };
        LogLines log = new();
        await using SourceSetup setup = await StartAsync(
            options => options.CaFile = kind.Contains("itself", StringComparison.Ordinal) ? shown!.Value.Certificate : _pki.CaFile, log);
        Assert.That(
            async () =>
            {
                // With TLS 1.3 a client learns of it when it reads.
                using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint, shown);
                Assert.That(await user.ReadAsync(), Is.Not.Empty);
            },
            Throws.InstanceOf<IOException>().Or.InstanceOf<System.Security.Authentication.AuthenticationException>());
        await log.WaitBoundedAsync(reason);
        Assert.That(setup.Nears, Is.Empty);
    }

    [Test]
    public async Task Disposal_ends_handshakes_and_connections()
    {
        SourceSetup setup = await StartAsync();
        using Socket silent = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        using TlsUser user = await TlsUser.ConnectAsync(setup.Source.LocalEndPoint);
        await setup.NextAsync();
        await setup.WaitForCountAsync(2);
        await setup.DisposeAsync().AsTask().WaitAsync(SocketPair.Patience);
        Assert.That(async () => await user.ReadAsync(), Throws.InstanceOf<IOException>());
        Assert.That(await silent.ReceiveErrorAsync(), Is.AnyOf(SocketError.Success, SocketError.ConnectionReset));
    }

    private async Task<SourceSetup> StartAsync(Action<EndpointTlsOptions>? configure = null, LogLines? log = null)
    {
        EndpointTlsOptions tls = new();
        (tls.CertificateFile, tls.KeyFile) = _pki.Issue();
        configure?.Invoke(tls);
        EndpointContext context = new() { ShutdownTimeout = TimeSpan.FromMilliseconds(200), Tls = tls, Logger = log ?? new LogLines() };
        SslServerAuthenticationOptions options = tls.ToServerOptions();
        return await SourceSetup.StartTcpAsync(
            context, open: async (user, cancel) => await TlsHandshake.AcceptAsync(user, options, context, cancel));
    }
}
