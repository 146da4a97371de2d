using System.Net;
using System.Net.Sockets;
using Connet.Client.Tests.Control;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.State;
using Microsoft.Extensions.Options;

namespace Connet.Client.Tests;

[Parallelizable(ParallelScope.All)]
internal sealed class ConnetClientTests
{
    [Test]
    public async Task Start_completes_when_the_server_has_accepted_the_client_and_announces_its_endpoints()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server);
        client.AddSource(new ConnetSourceOptions { Name = "before" });
        Assert.That(client.GetStatus().State, Is.EqualTo(ConnetClientState.NotConnected));
        Assert.That(client.PublicEndPoint, Is.Null);
        Assert.Throws<InvalidOperationException>(() => _ = client.LocalEndPoint);
        Task started = client.StartAsync().AsTask();
        (HandConnection connection, HandStream stream, _) = await server.AcceptRequestAsync();
        Assert.That(started.IsCompleted, Is.False);
        await HandControlServer.AnswerAsync(connection, stream, publicEndPoint: new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711));
        await started.WaitAsync(HandConnection.Patience);
        client.AddDestination(new ConnetDestinationOptions { Name = "after" });

        HandStreams streams = new(connection);
        Assert.That((await streams.NextAnnounceAsync("before")).Announce.Role, Is.EqualTo(Role.Source));
        Assert.That((await streams.NextAnnounceAsync("after")).Announce.Role, Is.EqualTo(Role.Destination));
        ConnetClientStatus status = client.GetStatus();
        Assert.Multiple(() =>
        {
            Assert.That(status.State, Is.EqualTo(ConnetClientState.Connected));
            Assert.That(status.ServerEndPoint, Is.EqualTo(server.EndPoint));
            Assert.That(status.LocalEndPoint, Is.EqualTo(client.LocalEndPoint));
            Assert.That(client.LocalEndPoint.Address, Is.EqualTo(IPAddress.Loopback));
            Assert.That(client.LocalEndPoint.Port, Is.Not.Zero);
            Assert.That(status.PublicEndPoint, Is.EqualTo(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711)).And.EqualTo(client.PublicEndPoint));
            Assert.That(status.DirectAddresses, Is.EqualTo([client.PublicEndPoint, client.LocalEndPoint]));
            Assert.That(status.Endpoints.Select(each => (each.Name, each.Role)), Is.EquivalentTo([("before", ConnetRole.Source), ("after", ConnetRole.Destination)]));
            Assert.That(status.RoundTripTime, Is.GreaterThan(TimeSpan.Zero));
            Assert.That(client.Completion.IsCompleted, Is.False);
        });
    }

    [Test]
    public async Task Refused_token_at_the_start_leaves_nothing_behind()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server);
        client.AddSource(new ConnetSourceOptions { Name = "web", Address = "tcp://127.0.0.1:0" });
        Task started = client.StartAsync().AsTask();
        (_, HandStream stream, _) = await server.AcceptRequestAsync();
        await stream.SendAsync(new AuthenticateResp { Error = new Error { Code = ErrorCode.AuthenticationFailed, Message = "no such token" } });
        ConnetClientException failure = Assert.ThrowsAsync<ConnetClientException>(() => started.WaitAsync(HandConnection.Patience))!;
        Assert.That(failure.Error, Is.EqualTo(ConnetClientError.AuthenticationRefused));
        Assert.That(client.GetStatus().State, Is.EqualTo(ConnetClientState.Disconnected));
        Assert.That(Assert.ThrowsAsync<ConnetClientException>(() => client.Completion), Is.SameAs(failure));
        using UdpClient free = new(client.LocalEndPoint);
        Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.StartAsync());
        Assert.Throws<ObjectDisposedException>(() => client.AddSource(new ConnetSourceOptions { Name = "more" }));
    }

    [Test]
    public async Task Cancelled_start_leaves_nothing_behind()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server);
        using CancellationTokenSource cancel = new();
        Task started = client.StartAsync(cancel.Token).AsTask();
        (HandConnection connection, _, _) = await server.AcceptRequestAsync();
        await cancel.CancelAsync();
        Assert.That(Assert.CatchAsync<OperationCanceledException>(() => started)!.CancellationToken, Is.EqualTo(cancel.Token));
        await connection.ClosedAsync();
        await client.Completion.WaitAsync(HandConnection.Patience);
        using UdpClient free = new(client.LocalEndPoint);
    }

    [Test]
    public async Task Stop_in_the_middle_of_the_start_leaves_nothing_behind()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        FakeInterfaces interfaces = new();
        SlowScheme slow = new();
        await using ConnetClient client = new(TestClient.Options(server, options => options.Schemes.Add(slow)), interfaces);
        client.AddSource(new ConnetSourceOptions { Name = "slow", Address = "slow:start" });
        Task started = client.StartAsync().AsTask();
        await slow.Begun.WaitAsync(HandConnection.Patience);
        await client.StopAsync().AsTask().WaitAsync(HandConnection.Patience);
        slow.Finish();
        Assert.ThrowsAsync<ObjectDisposedException>(() => started.WaitAsync(HandConnection.Patience));
        Assert.That(slow.IsDisposed, Is.True);
        Assert.That(interfaces.IsWatched, Is.False, "the system's event would keep the client alive");
    }

    [Test]
    public async Task Port_in_use_is_one_sentence()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        using UdpClient other = new(new IPEndPoint(IPAddress.Loopback, 0));
        await using ConnetClient client = TestClient.New(server, options => options.DirectAddress = other.Client.LocalEndPoint!.ToString()!);
        ConnetClientException failure = Assert.ThrowsAsync<ConnetClientException>(async () => await client.StartAsync())!;
        Assert.That(failure.Error, Is.EqualTo(ConnetClientError.AddressUnavailable));
        Assert.That(failure.Message, Does.Contain(other.Client.LocalEndPoint!.ToString()!).And.EndWith(".").And.Not.Contain("\n"));
        Assert.ThrowsAsync<ConnetClientException>(() => client.Completion);
    }

    [Test]
    public async Task Listening_address_in_use_fails_the_start_before_the_server_is_dialled()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        await using ConnetClient client = TestClient.New(server);
        client.AddSource(new ConnetSourceOptions { Name = "free", Address = "tcp://127.0.0.1:0" });
        client.AddSource(new ConnetSourceOptions { Name = "taken", Address = $"tcp://{other.LocalEndpoint}" });
        ConnetEndpointException failure = Assert.ThrowsAsync<ConnetEndpointException>(async () => await client.StartAsync())!;
        Assert.That(failure.Message, Does.Contain(other.LocalEndpoint.ToString()));
        using UdpClient free = new(client.LocalEndPoint);
    }

    [TestCase("/no/such/file.pem")]
    [TestCase(null)]
    public async Task Unusable_file_of_authorities_is_one_sentence(string? file)
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        string empty = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.pem");
        await File.WriteAllTextAsync(empty, "nothing");
        await using ConnetClient client = TestClient.New(server, options => (options.ServerCertificateValidation, options.ServerCaFile) = (null, file ?? empty));
        ConnetClientException failure = Assert.ThrowsAsync<ConnetClientException>(async () => await client.StartAsync())!;
        Assert.That(failure.Error, Is.EqualTo(ConnetClientError.CertificateFileUnreadable));
        Assert.That(failure.Message, Does.Contain(file ?? empty));
        File.Delete(empty);
    }

    [Test]
    public async Task Token_refused_later_ends_a_client_that_fails_fast_with_the_sentence()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server, options => options.FailFast = true);
        Task started = client.StartAsync().AsTask();
        HandConnection connection = await server.AuthenticateAsync();
        await started.WaitAsync(HandConnection.Patience);
        await connection.Connection.CloseAsync(100, "removed");
        (HandConnection again, _, _) = await server.AcceptRequestAsync();
        await again.Connection.CloseAsync(100, "removed");
        ConnetClientException failure = Assert.ThrowsAsync<ConnetClientException>(() => client.Completion.WaitAsync(HandConnection.Patience))!;
        Assert.That(failure.Message, Does.Contain("removed"));
        Assert.That(client.GetStatus().State, Is.EqualTo(ConnetClientState.Disconnected));
        using UdpClient free = new(client.LocalEndPoint);
    }

    [Test]
    public async Task Disposed_endpoint_is_withdrawn_and_its_name_is_free_again()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server);
        ConnetSource source = client.AddSource(new ConnetSourceOptions { Name = "web", Route = ConnetRoute.Direct });
        Assert.Throws<InvalidOperationException>(() => client.AddSource(new ConnetSourceOptions { Name = "web" }));
        client.AddDestination(new ConnetDestinationOptions { Name = "web", Route = ConnetRoute.Direct });
        Task started = client.StartAsync().AsTask();
        HandStreams streams = new(await server.AuthenticateAsync());
        await started.WaitAsync(HandConnection.Patience);
        (HandStream one, Request.Types.Announce announce) = await streams.NextAnnounceAsync();
        (HandStream two, _) = await streams.NextAnnounceAsync();
        HandStream stream = announce.Role == Role.Source ? one : two;
        Task disposed = source.DisposeAsync().AsTask();
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
        stream.Complete();
        await disposed.WaitAsync(HandConnection.Patience);
        Assert.That(client.GetStatus().Endpoints, Has.Count.EqualTo(1));
        client.AddSource(new ConnetSourceOptions { Name = "web", Route = ConnetRoute.Direct });
        Assert.That((await streams.NextAnnounceAsync()).Announce.Role, Is.EqualTo(Role.Source));
    }

    [Test]
    public async Task Source_with_an_address_can_be_added_to_a_running_client()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server);
        Task started = client.StartAsync().AsTask();
        await server.AuthenticateAsync();
        await started.WaitAsync(HandConnection.Patience);
        ConnetSourceOptions options = new() { Name = "web", Address = "tcp://127.0.0.1:0" };
        Assert.Throws<InvalidOperationException>(() => client.AddSource(options));
        ConnetSource source = await client.AddSourceAsync(options);
        Assert.That(((IPEndPoint)source.LocalEndPoint!).Port, Is.Not.Zero);

        options = new() { Name = "other", Address = $"tcp://{source.LocalEndPoint}" };
        Assert.ThrowsAsync<ConnetEndpointException>(async () => await client.AddSourceAsync(options));
        Assert.That(client.GetStatus().Endpoints.Single().Name, Is.EqualTo("web"));
    }

    [Test]
    public async Task Stop_is_orderly_and_may_be_asked_for_by_many()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);

        // Its clock stands still, so it waits for the server's end however long it takes.
        ConnetClient client = TestClient.New(server, options => options.TimeProvider = new ManualTimers());
        client.AddDestination(new ConnetDestinationOptions { Name = "web", Route = ConnetRoute.Direct });
        Task started = client.StartAsync().AsTask();
        HandConnection connection = await server.AuthenticateAsync();
        await started.WaitAsync(HandConnection.Patience);
        (HandStream announce, _) = await new HandStreams(connection).NextAnnounceAsync();
        Task[] stops = [.. Enumerable.Range(0, 4).Select(_ => client.StopAsync().AsTask())];
        Assert.That(await announce.ReceiveToEndAsync(), Is.Empty);
        Assert.That(connection.Connection.IsClosed, Is.False);
        announce.Complete();
        await Task.WhenAll(stops).WaitAsync(HandConnection.Patience);
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.Zero);
        await client.Completion.WaitAsync(HandConnection.Patience);
        Assert.That(client.GetStatus().State, Is.EqualTo(ConnetClientState.Disconnected));
        await client.DisposeAsync();
    }

    [Test]
    public async Task Client_that_never_started_can_be_disposed()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        ConnetClient client = TestClient.New(server);
        client.AddSource(new ConnetSourceOptions { Name = "web" });
        await client.DisposeAsync();
        Assert.That(client.Completion.IsCompletedSuccessfully);
        Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.StartAsync());
    }

    [Test]
    public async Task Stop_during_the_start_ends_both()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        ConnetClient client = TestClient.New(server);
        Task started = client.StartAsync().AsTask();
        await server.AcceptRequestAsync();
        await client.StopAsync();
        Assert.CatchAsync<OperationCanceledException>(() => started);
        using UdpClient free = new(client.LocalEndPoint);
    }

    [Test]
    public async Task Reset_key_is_kept_in_the_state_folder()
    {
        string folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid().ToString("N"));
        ReadOnlyMemory<byte>? used = null;
        void Configure(ConnetClientOptions options)
        {
            options.StateDirectory = folder;
            options.ConfigureEndpoint = endpoint => used = endpoint.StatelessResetKey;
        }

        for (int i = 0; i < 2; i++)
        {
            // One each: on a slow machine the first client may have dialled its server twice.
            await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
            await using ConnetClient client = TestClient.New(server, Configure);
            Task started = client.StartAsync().AsTask();
            await server.AuthenticateAsync();
            await started.WaitAsync(HandConnection.Patience);
            Assert.That(used!.Value.ToArray(), Is.EqualTo(await File.ReadAllBytesAsync(Path.Combine(folder, ResetKeyFile.NameFor("127.0.0.1:0")))));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task State_folder_that_cannot_be_used_is_a_warning()
    {
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(file, "in the way");
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        LogLines log = new();
        ReadOnlyMemory<byte>? used = new byte[32];
        await using ConnetClient client = TestClient.New(
            server,
            options => (options.StateDirectory, options.LoggerFactory, options.ConfigureEndpoint) =
                (file, new LogFactory(log), endpoint => used = endpoint.StatelessResetKey));
        Task started = client.StartAsync().AsTask();
        await server.AuthenticateAsync();
        await started.WaitAsync(HandConnection.Patience);
        Assert.That(used, Is.Null);
        Assert.That(log.All, Does.Contain(file));
        Assert.That(log.All, Does.Not.Contain("the token"));
        File.Delete(file);
    }

    [Test]
    public async Task Bad_settings_of_endpoints_are_refused_with_their_names()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server);
        OptionsValidationException failure = Assert.Throws<OptionsValidationException>(
            () => client.AddSource(new ConnetSourceOptions { Name = "web", Address = "gopher://x", RelayEncryptions = ["rot13"] }))!;
        Assert.That(failure.Message, Does.Contain("'web'").And.Contain("gopher").And.Contain("rot13"));
        failure = Assert.Throws<OptionsValidationException>(() => client.AddDestination(new ConnetDestinationOptions { AcceptBacklog = 0 }))!;
        Assert.That(failure.Failures.Count(), Is.EqualTo(2));

        ConnetDestinationOptions destination = new() { Name = "web", ProxyProtocol = (ConnetProxyProtocol)7 };
        destination.Tls.HandshakeTimeout = TimeSpan.Zero;
        failure = Assert.Throws<OptionsValidationException>(() => client.AddDestination(destination))!;
        Assert.That(failure.Message, Does.Contain("ProxyProtocol is 7: use none, v1 or v2.").And.Contain("Tls.HandshakeTimeout is 00:00:00"));
        failure = Assert.Throws<OptionsValidationException>(
            () => client.AddDestination(new ConnetDestinationOptions { Name = "web", Traffic = (ConnetTraffic)3, FlowIdleTimeout = TimeSpan.Zero }))!;
        Assert.That(
            failure.Message,
            Does.Contain("Destination 'web': Traffic is 3: use Connections or Datagrams.").And.Contain("FlowIdleTimeout is 00:00:00: use 00:00:01 to 1.00:00:00."));
        ConnetDestinationOptions[] withHeader =
        [
            new() { Name = "web", Address = "udp://localhost:53", ProxyProtocol = ConnetProxyProtocol.V2 },
            new() { Name = "web", Traffic = ConnetTraffic.Datagrams, ProxyProtocol = ConnetProxyProtocol.V2 },
        ];
        foreach (ConnetDestinationOptions options in withHeader)
        {
            failure = Assert.Throws<OptionsValidationException>(() => client.AddDestination(options))!;
            Assert.That(failure.Message, Is.EqualTo("Destination 'web': ProxyProtocol is V2, and datagrams have no such header: leave it out, or use tcp."));
        }
    }
}
