using System.Net;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Client.Tests.Control;

[TestFixture(ProtocolGeneration.Second)]
[TestFixture(ProtocolGeneration.First)]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AuthenticationTests(ProtocolGeneration generation)
{
    [Test]
    public async Task Request_says_who_the_client_is_on_the_first_stream()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server);
        (HandConnection connection, HandStream stream, AuthenticateReq request) = await server.AcceptRequestAsync();
        Assert.Multiple(() =>
        {
            Assert.That(connection.Generation, Is.EqualTo(generation));
            Assert.That(stream.Stream.Id, Is.Zero);
            Assert.That(request.Token, Is.EqualTo("the token"));
            Assert.That(request.Metadata, Is.EqualTo("a test"));
            Assert.That(request.BuildVersion, Is.EqualTo(BuildVersion.Current).And.Not.Empty);
            Assert.That(request.ReconnectToken, Is.Empty);
            Assert.That(connection.Connection.TargetHostName, Is.Null, "no SNI for a literal address");
            Assert.That(link.Link.State, Is.EqualTo(ConnetClientState.NotConnected));
        });
        await HandControlServer.AnswerAsync(connection, stream);
        await link.AuthenticatedAsync();
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty, "the client ends its side of the stream");
        Assert.That(link.Link.State, Is.EqualTo(ConnetClientState.Connected));
    }

    [Test]
    public async Task Name_of_the_server_is_sent_and_checked()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.pem");
        await File.WriteAllTextAsync(file, server.Certificate.ExportCertificatePem());
        await using TestLink link = TestLink.Start(
            server,
            options => (options.ServerName, options.ServerCaFile, options.ServerCertificateValidation) = ("control.test", file, null));
        (HandConnection connection, HandStream stream, _) = await server.AcceptRequestAsync();
        Assert.That(connection.Connection.TargetHostName, Is.EqualTo("control.test"));
        await HandControlServer.AnswerAsync(connection, stream);
        await link.AuthenticatedAsync();
        File.Delete(file);
    }

    [Test]
    public async Task Literal_address_is_checked_against_a_file_that_holds_the_leaf()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.pem");
        await File.WriteAllTextAsync(file, server.Certificate.ExportCertificatePem());
        await using TestLink link = TestLink.Start(server, options => (options.ServerCaFile, options.ServerCertificateValidation) = (file, null));
        await using HandConnection connection = await server.AuthenticateAsync();
        await link.AuthenticatedAsync();
        File.Delete(file);
    }

    [Test]
    public async Task Public_address_is_the_one_that_the_server_sees()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server);
        await using HandConnection connection = await server.AuthenticateAsync(publicEndPoint: new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711));
        await link.AuthenticatedAsync();
        Assert.That(link.Link.Connection!.PublicEndPoint, Is.EqualTo(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711)));
        Assert.That(link.Link.Addresses[0], Is.EqualTo(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711)));
    }

    [Test]
    public async Task Mapped_public_address_is_taken_as_ipv4()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server);
        (HandConnection connection, HandStream stream, _) = await server.AcceptRequestAsync();
        Addr mapped = new() { V6 = ByteString.CopyFrom(IPAddress.Parse("::ffff:203.0.113.7").GetAddressBytes()) };
        await stream.SendAsync(new AuthenticateResp { Public = new AddrPort { Addr = mapped, Port = 4711 } });
        await link.AuthenticatedAsync();
        Assert.That(link.Link.Connection!.PublicEndPoint, Is.EqualTo(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711)));
        await connection.DisposeAsync();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Refused_token_ends_the_client_with_the_servers_reason(bool responseArrives)
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server);
        (HandConnection connection, HandStream stream, _) = await server.AcceptRequestAsync();
        if (responseArrives)
        {
            await stream.SendAsync(new AuthenticateResp { Error = new Error { Code = ErrorCode.AuthenticationFailed, Message = "no such token" } });
        }
        else
        {
            await connection.Connection.CloseAsync(100, "no such token");
        }

        ConnetClientException failure = link.Failure();
        Assert.Multiple(() =>
        {
            Assert.That(failure.Error, Is.EqualTo(ConnetClientError.AuthenticationRefused));
            Assert.That(failure.Message, Does.Contain("no such token").And.Contain(server.EndPoint.ToString()).And.Not.Contain("the token of this client: the token"));
            Assert.That(failure.Message, Does.EndWith(".").And.Not.Contain("\n"));
            Assert.That(link.Link.State, Is.EqualTo(ConnetClientState.Disconnected));
        });
        Assert.ThrowsAsync<ConnetClientException>(link.AuthenticatedAsync);
    }

    [Test]
    public async Task Stream_that_ends_without_an_answer_is_explained_by_the_close_that_follows()
    {
        await using HandControlServer server = HandControlServer.Start(generation);

        // Its clock stands still, so it waits for the close however long it takes.
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = new ManualTimers());
        (HandConnection connection, HandStream stream, _) = await server.AcceptRequestAsync();
        stream.Complete();
        await stream.Stream.WritesClosed.WaitAsync(HandConnection.Patience);
        await connection.Connection.CloseAsync(100, "no such token");
        Assert.That(link.Failure().Message, Does.Contain("no such token"));
    }

    [Test]
    public async Task Another_error_ends_a_client_that_is_starting()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server);
        (_, HandStream stream, _) = await server.AcceptRequestAsync();
        await stream.SendAsync(new AuthenticateResp { Error = new Error { Code = ErrorCode.RequestUnknown, Message = "too old" } });
        Assert.That(link.Failure().Message, Does.Contain("too old").And.Contain("RequestUnknown"));
    }

    [Test]
    public async Task Certificate_that_nobody_vouches_for_ends_a_client_that_is_starting()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.pem");
        using (var other = HandControlServer.NewCertificate())
        {
            await File.WriteAllTextAsync(file, other.ExportCertificatePem());
        }

        await using TestLink link = TestLink.Start(server, options => (options.ServerCaFile, options.ServerCertificateValidation) = (file, null));
        ConnetClientException failure = link.Failure();
        Assert.That(failure.Error, Is.EqualTo(ConnetClientError.CertificateNotTrusted));
        Assert.That(failure.Message, Does.Contain(server.EndPoint.ToString()).And.Contain("trusted"));
        File.Delete(file);
    }

    [Test]
    public async Task Certificate_for_another_name_ends_a_client_that_is_starting()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.pem");
        await File.WriteAllTextAsync(file, server.Certificate.ExportCertificatePem());
        await using TestLink link = TestLink.Start(
            server,
            options => (options.ServerName, options.ServerCaFile, options.ServerCertificateValidation) = ("other.test", file, null));
        Assert.That(link.Failure().Message, Does.Contain("not for other.test"));
        File.Delete(file);
    }

    [Test]
    public async Task Pinned_certificate_that_differs_ends_a_client_that_is_starting()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        using var other = HandControlServer.NewCertificate();
        await using TestLink link = TestLink.Start(
            server, options => options.ServerCertificateValidation = QuicCertificateValidation.Pinned(other.RawData));
        Assert.That(link.Failure().Error, Is.EqualTo(ConnetClientError.CertificateNotTrusted));
    }

    [TestCase(Garbage.Oversize)]
    [TestCase(Garbage.Nonsense)]
    [TestCase(Garbage.Truncated)]
    [TestCase(Garbage.NoPublicAddress)]
    [TestCase(Garbage.Reset)]
    public async Task Answer_that_makes_no_sense_is_no_answer(Garbage garbage)
    {
        ManualTimers clock = new();
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock);
        (HandConnection first, HandStream stream, _) = await server.AcceptRequestAsync();
        await (garbage switch
        {
            Garbage.Oversize => stream.SendBytesAsync(HandFraming.Length((64 * 1024) + 1, generation)),
            Garbage.Nonsense => stream.SendBytesAsync((byte[])[.. HandFraming.Length(3, generation), 0xff, 0xff, 0xff]),
            Garbage.Truncated => stream.SendBytesAsync(HandFraming.Length(10, generation), complete: true),
            Garbage.NoPublicAddress => stream.SendAsync(new AuthenticateResp { ReconnectToken = ByteString.CopyFromUtf8("x") }),
            _ => Task.Run(() => stream.Reset(0)),
        });

        // Whichever comes first, the next attempt is a new connection: by a fresh round or after the pause.
        Task<HandConnection> second = server.AuthenticateAsync();
        await clock.FireUntilAsync(second, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));
        await link.AuthenticatedAsync();
        Assert.That((await first.ClosedAsync()).ApplicationErrorCode, Is.Zero);
    }

    internal enum Garbage
    {
        Oversize,
        Nonsense,
        Truncated,
        NoPublicAddress,
        Reset,
    }
}
