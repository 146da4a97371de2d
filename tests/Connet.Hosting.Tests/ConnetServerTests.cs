using System.Net;
using System.Net.Sockets;
using Connet.Control;
using Connet.Protocol;
using Connet.Relay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connet.Hosting.Tests;

/// <summary>Control server and relay in one process.</summary>
public sealed class ConnetServerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task The_relay_has_joined_when_the_start_is_complete()
    {
        await using ConnetServer server = await StartAsync(Options());
        Assert.That(server.Control.GetStatus().Relays, Has.Count.EqualTo(1));
        Assert.That(server.Relay.GetStatus().ControlState, Is.EqualTo(RelayControlState.Connected));
        Assert.That(server.Relay.GetStatus().ControlId, Is.EqualTo(server.Control.Id));
        Assert.That(server.Control.RelayEndPoints.Select(each => each.Address), Is.EqualTo(new[] { IPAddress.Loopback }));
    }

    [Test]
    public async Task An_ipv6_relay_joins_over_ipv6()
    {
        Assume.That(Socket.OSSupportsIPv6);
        ConnetServerOptions options = Options();
        options.RelayIngresses[0].Address = "[::1]:0";
        await using ConnetServer server = await StartAsync(options);
        Assert.That(server.Control.GetStatus().Relays, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Stopping_ends_both_parts()
    {
        ConnetServer server = await StartAsync(Options());
        await server.StopAsync().AsTask().WaitAsync(s_patience);
        await server.Completion.WaitAsync(s_patience);
        Assert.That(server.Control.Completion.IsCompletedSuccessfully && server.Relay.Completion.IsCompletedSuccessfully);
    }

    [Test]
    public async Task A_part_that_ends_takes_the_other_with_it()
    {
        ConnetServer first = await StartAsync(Options());
        await first.Relay.StopAsync().AsTask().WaitAsync(s_patience);
        await first.Completion.WaitAsync(s_patience);
        Assert.That(first.Control.Completion.IsCompleted);

        ConnetServer second = await StartAsync(Options());
        await second.Control.StopAsync().AsTask().WaitAsync(s_patience);
        await second.Completion.WaitAsync(s_patience);
        Assert.That(second.Relay.Completion.IsCompleted);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_port_in_use_is_one_sentence_and_leaves_nothing_open(bool ofTheRelay)
    {
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string taken = other.LocalEndPoint!.ToString()!;
        ConnetServerOptions options = Options();
        (ofTheRelay ? (Action)(() => options.RelayIngresses[0].Address = taken) : () => options.ClientIngresses[0].Address = taken)();
        ConnetException failure = Assert.CatchAsync<ConnetException>(async () => await StartAsync(options))!;
        Assert.That(failure.Message, Does.Contain(taken).And.Not.Contains("\n"));
    }

    [Test]
    public void All_that_is_wrong_is_said_at_once_with_the_names_of_these_options()
    {
        ConnetServerOptions options = Options();
        options.Certificate = null;
        options.ClientTokens.Add(string.Empty);
        options.RelayIngresses[0].Address = "nowhere:x";
        options.ShutdownTimeout = TimeSpan.FromSeconds(-1);
        Assert.That(
            options.Validate(),
            Has.Some.StartsWith("ClientIngresses[0]").And.Some.StartsWith("ClientTokens[1]").And.Some.StartsWith("RelayIngresses[0].Address").And.Some.StartsWith("ShutdownTimeout"));
        Assert.That(async () => await StartAsync(options), Throws.TypeOf<ConnetServerException>().With.Message.Contains("RelayIngresses[0]"));
    }

    [Test]
    public void Text_of_the_options_shows_no_token() => Assert.That(Options().ToString(), Does.Not.Contain("secret"));

    [Test]
    public async Task State_is_kept_where_the_options_say_and_an_opened_store_is_disposed()
    {
        using TemporaryFolder folder = new();
        ConnetServerOptions options = Options();
        options.StoreDirectory = Path.Combine(folder.Path, "state");
        DisposableStore store = new();
        string? asked = null;
        options.OpenStore = (path, _) =>
        {
            asked = path;
            return new ValueTask<IControlStore>(store);
        };
        ConnetServer server = await StartAsync(options);
        string id = server.Control.Id;
        await server.DisposeAsync();
        Assert.That((asked, store.IsDisposed), Is.EqualTo((options.StoreDirectory, true)));
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(options.StoreDirectory, "relay")), Is.Not.Empty);

        await using ConnetServer again = await StartAsync(options);
        Assert.That(again.Control.Id, Is.EqualTo(id), "the relay would refuse another control server");
    }

    [Test]
    public async Task A_host_runs_the_server()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddConnetServer(Fill);
        using IHost host = builder.Build();
        using CancellationTokenSource patience = new(s_patience);
        await host.StartAsync(patience.Token);
        ConnetServer server = host.Services.GetRequiredService<ConnetServerService>().Server;
        Assert.That(server.Control.GetStatus().Relays, Has.Count.EqualTo(1));
        await host.StopAsync(patience.Token);
        await server.Completion.WaitAsync(patience.Token);
    }

    [Test]
    public void A_host_does_not_start_with_bad_options()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddConnetServer(options => options.ClientTokens.Add("secret"));
        using IHost host = builder.Build();
        Assert.That(
            async () => await host.StartAsync().WaitAsync(s_patience),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains("Certificate").And.Message.Not.Contains("secret"));
    }

    private static async Task<ConnetServer> StartAsync(ConnetServerOptions options)
    {
        using CancellationTokenSource patience = new(s_patience);
        return await ConnetServer.StartAsync(options, patience.Token);
    }

    private static ConnetServerOptions Options()
    {
        ConnetServerOptions options = new();
        Fill(options);
        return options;
    }

    private static void Fill(ConnetServerOptions options)
    {
        options.Certificate = TestCertificate.Create();
        options.ClientIngresses = [new ControlIngressOptions { Address = "127.0.0.1:0" }];
        options.ClientTokens = ["secret"];
        options.RelayIngresses = [new RelayIngressOptions { Address = "127.0.0.1:0" }];
    }

    private sealed class DisposableStore : IControlStore, IAsyncDisposable
    {
        private readonly InMemoryControlStore _inner = new();

        public bool IsDisposed { get; private set; }

        public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default) => _inner.GetAsync(key, cancellationToken);

        public ValueTask<byte[]> GetOrAddAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
            _inner.GetOrAddAsync(key, value, cancellationToken);

        public ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
            _inner.SetAsync(key, value, cancellationToken);

        public ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => _inner.RemoveAsync(key, cancellationToken);

        public ValueTask<IReadOnlyList<StoredAnnouncement>> GetAnnouncementsAsync(CancellationToken cancellationToken = default) =>
            _inner.GetAnnouncementsAsync(cancellationToken);

        public ValueTask SaveAnnouncementsAsync(
            IReadOnlyCollection<StoredAnnouncement> changed, IReadOnlyCollection<StoredAnnouncementKey> removed, CancellationToken cancellationToken = default) =>
            _inner.SaveAnnouncementsAsync(changed, removed, cancellationToken);

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
