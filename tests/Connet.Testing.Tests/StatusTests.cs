using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Connet.Client;
using Connet.Control;
using Connet.Relay;

namespace Connet.Testing.Tests;

/// <summary>The status of clients, control servers and relays as JSON, with real paths between them.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class StatusTests
{
    private const string ClientKeys =
        "kind status build-version metadata server-address server-endpoint server-rtt-ms direct-address local-addresses stun-addresses natpmp-addresses "
        + "announced-addresses socket crypto destinations sources";

    private const string EndpointKeys = "route refusal open-connections peers relays paths";
    private const string PathKeys = "kind id remote-address rtt-ms bytes-sent bytes-received open-connections encryption warning";
    private const string ControlKeys = "kind status build-version id clients-ingresses relays-ingresses clients relays expiring-endpoints";

    private const string RelayKeys =
        "kind status build-version metadata control-address control-id server-name ingresses clients unauthenticated-connections endpoints active-streams "
        + "forwarded-streams forwarded-bytes";

    private const string Source = "sources/" + Scenario.Name;
    private const string Destination = "destinations/" + Scenario.Name;

    [TestCase(ConnetRoute.Direct, "dhxcp", "direct", "quic", null)]
    [TestCase(ConnetRoute.Relay, "dhxcp", "relay", "dhxcp", null)]
    [TestCase(ConnetRoute.Relay, "tls", "relay", "tls", null)]
    [TestCase(ConnetRoute.Relay, "none", "relay", "none", "not end-to-end encrypted")]
    public async Task A_path_tells_its_kind_bytes_round_trip_time_and_encryption(ConnetRoute route, string offer, string kind, string encryption, string? warning)
    {
        const int Length = 100_000;
        await using Scenario scenario = await Scenario.StartAsync(route, options => options.ConfigureClient = client => client.RelayEncryptions = [offer]);
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        Task<byte[]> reading = scenario.ReadAsync(destination, Length);
        await source.WriteAsync(new byte[Length], scenario.Token);
        await reading;

        JsonElement from = StatusDocument.Of(scenario.SourceClient.Client);
        JsonElement to = StatusDocument.Of(scenario.DestinationClient.Client);
        JsonElement sending = UsedPath(from, Source);
        JsonElement receiving = UsedPath(to, Destination);
        foreach ((JsonElement path, string bytes) in new[] { (sending, "bytes-sent"), (receiving, "bytes-received") })
        {
            Assert.That(StatusDocument.Keys(path), Is.EqualTo(PathKeys));
            Assert.That(
                (StatusDocument.At(path, "kind"), StatusDocument.At(path, "open-connections"), StatusDocument.At(path, "encryption"), StatusDocument.At(path, "warning")),
                Is.EqualTo((kind, "1", encryption, warning)));
            Assert.That(path.GetProperty(bytes).GetInt64(), Is.GreaterThanOrEqualTo(Length));
            Assert.That(path.GetProperty("rtt-ms").GetDouble(), Is.Positive.And.LessThan(Scenario.Patience.TotalMilliseconds));
            Assert.That(IPEndPoint.Parse(StatusDocument.At(path, "remote-address")!).Address, Is.EqualTo(IPAddress.Loopback));
        }

        JsonElement control = StatusDocument.Of(scenario.Network.Control.Server);
        string peer = StatusDocument.At(control, $"clients/{IndexOf(control, "destination")}/id")!;
        string relay = StatusDocument.At(control, "relays/0/id")!;
        Assert.That(StatusDocument.At(sending, "id"), Is.EqualTo(route == ConnetRoute.Direct ? peer : relay));
        Assert.That((StatusDocument.At(from, $"{Source}/open-connections"), StatusDocument.At(to, $"{Destination}/open-connections")), Is.EqualTo(("1", "1")));
        await source.DisposeAsync();
        await destination.DisposeAsync();
    }

    [Test]
    public async Task A_client_tells_its_peers_and_relays()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        await UntilConnectedAsync(scenario);
        JsonElement status = StatusDocument.Of(scenario.SourceClient.Client);
        Assert.That(StatusDocument.Keys(status.GetProperty("sources").GetProperty(Scenario.Name)), Is.EqualTo(EndpointKeys));
        JsonElement peer = status.GetProperty("sources").GetProperty(Scenario.Name).GetProperty("peers")[0];
        JsonElement relay = status.GetProperty("sources").GetProperty(Scenario.Name).GetProperty("relays")[0];
        Assert.That(StatusDocument.Keys(peer), Is.EqualTo("id metadata direct-addresses direct-paths relays"));
        Assert.That(StatusDocument.At(peer, "metadata"), Is.EqualTo("destination"));
        Assert.That(peer.GetProperty("direct-addresses").EnumerateArray().Select(each => each.GetString()), Does.Contain(scenario.DestinationClient.EndPoint.ToString()));
        Assert.That(StatusDocument.At(peer, "relays/0"), Is.EqualTo(StatusDocument.At(relay, "id")));
        Assert.That(StatusDocument.Keys(relay), Is.EqualTo("id status addresses"));
        Assert.That((StatusDocument.At(relay, "status"), StatusDocument.At(relay, "addresses/0")), Is.EqualTo(("connected", scenario.Network.Relays[0].EndPoint.ToString())));
        Assert.That((StatusDocument.At(status, "destinations/#"), StatusDocument.At(status, $"{Source}/refusal"), StatusDocument.At(status, $"{Source}/route")), Is.EqualTo(("0", (string?)null, "any")));
    }

    [Test]
    public async Task A_relay_that_is_not_reached_is_connecting_and_one_that_goes_is_not_connected()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        await UntilConnectedAsync(scenario);
        scenario.Network.AllowedRoute = ConnetRoute.Direct;
        ConnetTestRelay unreachable = await scenario.Network.AddRelayAsync("relay2", null, scenario.Token);
        await scenario.UntilAsync(() => RelayAt(unreachable) == "connecting", "the new relay is known, and not reached");
        ConnetTestRelay leaving = scenario.Network.Relays[0];
        Assert.That(RelayAt(leaving), Is.EqualTo("connected"));
        scenario.Network.AllowedRoute = ConnetRoute.Any;
        await leaving.StopAsync(scenario.Token);
        await scenario.UntilAsync(() => RelayAt(leaving) is null or "leaving", "the relay that has stopped is not listed any more");

        string? RelayAt(ConnetTestRelay relay) => StatusDocument.Of(scenario.SourceClient.Client).GetProperty("sources").GetProperty(Scenario.Name).GetProperty("relays")
            .EnumerateArray().Where(each => StatusDocument.At(each, "addresses/0") == relay.EndPoint.ToString()).Select(each => StatusDocument.At(each, "status")).SingleOrDefault();
    }

    [Test]
    public async Task A_client_tells_each_of_its_states()
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Direct);
        ConnetClient client = scenario.SourceClient.Client;
        JsonElement connected = StatusDocument.Of(client);
        string endPoint = client.LocalEndPoint.ToString();
        Check(connected, "connected", "source", endPoint, endPoint, endPoint);
        string server = scenario.Network.Control.ClientEndPoint.ToString();
        Assert.That((StatusDocument.At(connected, "server-address"), StatusDocument.At(connected, "server-endpoint")), Is.EqualTo((server, server)));
        Assert.That(connected.GetProperty("server-rtt-ms").GetDouble(), Is.Positive);
        Assert.That(StatusDocument.At(connected, "announced-addresses/0"), Is.EqualTo(endPoint));
        Assert.That(StatusDocument.At(connected, "build-version"), Does.Match("^[0-9]+\\.[0-9]+\\.[0-9]+"));
        Assert.That(StatusDocument.At(connected, "socket"), Is.Not.Empty);
        Assert.That(StatusDocument.At(connected, "crypto"), Is.Not.Empty);

        await scenario.Network.Control.StopAsync(scenario.Token);
        await scenario.UntilAsync(() => client.GetStatus().State == ConnetClientState.Reconnecting, "the client has lost its control server");
        JsonElement reconnecting = StatusDocument.Of(client);
        Check(reconnecting, "reconnecting", "source", endPoint, endPoint, endPoint);
        Assert.That((StatusDocument.At(reconnecting, "server-endpoint"), StatusDocument.At(reconnecting, "server-rtt-ms")), Is.EqualTo(((string?)null, (string?)null)));
        Assert.That(StatusDocument.At(reconnecting, $"{Source}/paths/0/kind"), Is.EqualTo("direct"), "losing the control server disturbs no path");

        await scenario.SourceClient.StopAsync(scenario.Token);
        JsonElement disconnected = StatusDocument.Of(client);
        Check(disconnected, "disconnected", "source", endPoint, endPoint, endPoint);
        Assert.That((StatusDocument.At(disconnected, $"{Source}/paths/#"), StatusDocument.At(disconnected, $"{Source}/peers/#")), Is.EqualTo(("0", "0")));
    }

    [Test]
    public async Task A_client_without_a_server_is_not_connected_and_then_disconnected()
    {
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ConnetClient client = new(new ConnetClientOptions { Token = "token", Metadata = "<me>", ServerAddress = silent.LocalEndPoint!.ToString()!, DirectAddress = "127.0.0.1:0" });
        client.AddSource(new ConnetSourceOptions { Name = "a \"name\"", Route = ConnetRoute.Relay });
        JsonElement before = StatusDocument.Of(client);
        Check(before, "not_connected", "<me>", null, null, null);
        Assert.That((StatusDocument.At(before, "socket"), StatusDocument.At(before, "crypto"), StatusDocument.At(before, "announced-addresses/#")), Is.EqualTo(((string?)null, (string?)null, "0")));
        Assert.That(StatusDocument.At(before, "sources/a \"name\"/route"), Is.EqualTo("relay"));

        using CancellationTokenSource patience = new(Scenario.Patience);
        Task starting = client.StartAsync(patience.Token).AsTask();
        while (client.GetStatus().LocalEndPoint is null)
        {
            await Task.Yield();
            patience.Token.ThrowIfCancellationRequested();
        }

        JsonElement dialling = StatusDocument.Of(client);
        Assert.That((StatusDocument.At(dialling, "status"), StatusDocument.At(dialling, "direct-address")), Is.EqualTo(("not_connected", client.LocalEndPoint.ToString())));
        await client.StopAsync(patience.Token);
        Assert.That(async () => await starting, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(StatusDocument.At(StatusDocument.Of(client), "status"), Is.EqualTo("disconnected"));
    }

    [Test]
    public async Task A_control_server_tells_its_sessions_and_relays()
    {
        await using Scenario scenario = await Scenario.StartAsync(configure: options => options.ConfigureControl = control => control.TimeProvider = new FixedClock());
        ControlServer server = scenario.Network.Control.Server;
        await scenario.UntilAsync(() => server.GetStatus().Clients.All(client => client.Endpoints is [{ Relays.Count: 1 }]), "both clients are at the relay");

        // An attempt that was slow has got another one beside it, and goes.
        await scenario.UntilAsync(
            () => server.GetStatus() is { ClientIngresses: [{ Transport.Connections: 2 }], RelayIngresses: [{ Transport.Connections: 1 }] }, "nobody connects any more");
        JsonElement status = StatusDocument.Of(server);
        Assert.That(StatusDocument.Keys(status), Is.EqualTo(ControlKeys));
        Assert.That(
            (StatusDocument.At(status, "kind"), StatusDocument.At(status, "status"), StatusDocument.At(status, "id"), StatusDocument.At(status, "expiring-endpoints")),
            Is.EqualTo(("control", "running", server.Id, "0")));
        foreach ((string side, IPEndPoint at, string connections) in new[] { ("clients", server.ClientEndPoints[0], "2"), ("relays", server.RelayEndPoints[0], "1") })
        {
            JsonElement ingress = status.GetProperty($"{side}-ingresses")[0];
            Assert.That(StatusDocument.Keys(ingress), Is.EqualTo("address local-address connections socket crypto"));
            Assert.That((StatusDocument.At(ingress, "local-address"), StatusDocument.At(ingress, "connections")), Is.EqualTo((at.ToString(), connections)));
        }

        JsonElement client = status.GetProperty("clients")[int.Parse(IndexOf(status, "source"), CultureInfo.InvariantCulture)];
        Assert.That(StatusDocument.Keys(client), Is.EqualTo("id metadata build-version remote-address connected-at rtt-ms endpoints"));
        Assert.That(
            (StatusDocument.At(client, "remote-address"), StatusDocument.At(client, "connected-at"), StatusDocument.At(client, "endpoints/#")),
            Is.EqualTo((scenario.SourceClient.EndPoint.ToString(), "2026-01-02T03:04:05Z", "1")));
        JsonElement endpoint = client.GetProperty("endpoints")[0];
        Assert.That(StatusDocument.Keys(endpoint), Is.EqualTo("name role direct-addresses relays"));
        Assert.That((StatusDocument.At(endpoint, "name"), StatusDocument.At(endpoint, "role")), Is.EqualTo((Scenario.Name, "source")));
        JsonElement relay = status.GetProperty("relays")[0];
        Assert.That(StatusDocument.Keys(relay), Is.EqualTo("id metadata build-version remote-address connected-at addresses"));
        Assert.That((StatusDocument.At(relay, "metadata"), StatusDocument.At(relay, "addresses/0")), Is.EqualTo(("relay1", scenario.Network.Relays[0].EndPoint.ToString())));
        Assert.That(StatusDocument.At(endpoint, "relays/0"), Is.EqualTo(StatusDocument.At(relay, "id")));

        await scenario.Network.Control.StopAsync(scenario.Token);
        JsonElement stopped = StatusDocument.Of(server);
        Assert.That(StatusDocument.Keys(stopped), Is.EqualTo(ControlKeys));
        Assert.That((StatusDocument.At(stopped, "status"), StatusDocument.At(stopped, "clients/#"), StatusDocument.At(stopped, "relays/#")), Is.EqualTo(("stopped", "0", "0")));
    }

    [Test]
    public async Task A_relay_tells_its_control_server_endpoints_and_traffic()
    {
        const int Length = 50_000;
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Relay);
        RelayServer server = scenario.Network.Relays[0].Server;
        scenario.Echo();
        await using (ConnetConnection connection = await scenario.DialAsync())
        {
            await scenario.CheckEchoAsync(connection, Length);
            JsonElement status = StatusDocument.Of(server);
            Assert.That(StatusDocument.Keys(status), Is.EqualTo(RelayKeys));
            Assert.That(
                (StatusDocument.At(status, "kind"), StatusDocument.At(status, "status"), StatusDocument.At(status, "metadata"), StatusDocument.At(status, "control-id")),
                Is.EqualTo(("relay", "connected", "relay1", scenario.Network.Control.Server.Id)));
            Assert.That(
                (StatusDocument.At(status, $"endpoints/{Scenario.Name}/sources"), StatusDocument.At(status, $"endpoints/{Scenario.Name}/destinations"), StatusDocument.At(status, "clients")),
                Is.EqualTo(("1", "1", "2")));
            Assert.That(status.GetProperty("forwarded-streams").GetInt64(), Is.Positive);
            Assert.That(status.GetProperty("forwarded-bytes").GetInt64(), Is.GreaterThanOrEqualTo(2 * Length));
            JsonElement ingress = status.GetProperty("ingresses")[0];
            Assert.That(StatusDocument.Keys(ingress), Is.EqualTo("address local-address hostports connections socket crypto"));
            string endPoint = scenario.Network.Relays[0].EndPoint.ToString();
            Assert.That((StatusDocument.At(ingress, "local-address"), StatusDocument.At(ingress, "hostports/0")), Is.EqualTo((endPoint, endPoint)));
        }

        await scenario.Network.Control.StopAsync(scenario.Token);
        await scenario.UntilAsync(() => StatusDocument.At(StatusDocument.Of(server), "status") == "reconnecting", "the relay has lost its control server");
        await scenario.Network.Relays[0].StopAsync(scenario.Token);
        JsonElement stopped = StatusDocument.Of(server);
        Assert.That(StatusDocument.Keys(stopped), Is.EqualTo(RelayKeys));
        Assert.That((StatusDocument.At(stopped, "status"), StatusDocument.At(stopped, "active-streams")), Is.EqualTo(("disconnected", "0")));
    }

    [Test]
    public async Task A_relay_without_a_control_server_is_not_connected()
    {
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        RelayServerOptions options = new()
        {
            Token = "token",
            ControlAddress = silent.LocalEndPoint!.ToString()!,
            Ingresses = [new RelayIngressOptions { Address = "127.0.0.1:0", HostPorts = ["relay.example:1"] }],
        };
        await using RelayServer relay = await RelayServer.StartAsync(options);
        JsonElement status = StatusDocument.Of(relay);
        Assert.That(StatusDocument.Keys(status), Is.EqualTo(RelayKeys));
        Assert.That((StatusDocument.At(status, "status"), StatusDocument.At(status, "control-id"), StatusDocument.At(status, "endpoints/#")), Is.EqualTo(("not_connected", (string?)null, "0")));
        Assert.That(StatusDocument.At(status, "ingresses/0/hostports/0"), Is.EqualTo("relay.example:1"));
    }

    /// <summary>A path through the relay is there a moment before the source calls itself connected to it.</summary>
    private static async Task UntilConnectedAsync(Scenario scenario)
    {
        await scenario.Source.WaitForPathAsync(ConnetPathKind.Relay, scenario.Token);
        await scenario.UntilAsync(
            () => StatusDocument.Of(scenario.SourceClient.Client).GetProperty("sources").GetProperty(Scenario.Name).GetProperty("relays")
                .EnumerateArray().Any(each => StatusDocument.At(each, "status") == "connected"),
            "the source is connected to the relay");
    }

    private static void Check(JsonElement status, string state, string metadata, string? direct, string? local, string? stun)
    {
        Assert.That(StatusDocument.Keys(status), Is.EqualTo(ClientKeys));
        Assert.That(
            (StatusDocument.At(status, "kind"), StatusDocument.At(status, "status"), StatusDocument.At(status, "metadata"), StatusDocument.At(status, "direct-address")),
            Is.EqualTo(("client", state, metadata, direct)));
        Assert.That(Texts(status, "local-addresses"), Is.EqualTo(local is null ? [] : new[] { local }));
        Assert.That(Texts(status, "stun-addresses"), Is.EqualTo(stun is null ? [] : new[] { stun }));
        Assert.That(Texts(status, "natpmp-addresses"), Is.Empty);
    }

    private static IEnumerable<string?> Texts(JsonElement status, string key) => status.GetProperty(key).EnumerateArray().Select(each => each.GetString());

    /// <summary>The path with the open connection: there may be two direct ones.</summary>
    private static JsonElement UsedPath(JsonElement client, string endpoint)
    {
        string[] steps = endpoint.Split('/');
        return client.GetProperty(steps[0]).GetProperty(steps[1]).GetProperty("paths").EnumerateArray().Single(path => StatusDocument.At(path, "open-connections") != "0");
    }

    private static string IndexOf(JsonElement control, string metadata) => control.GetProperty("clients").EnumerateArray()
        .TakeWhile(client => StatusDocument.At(client, "metadata") != metadata).Count().ToString(CultureInfo.InvariantCulture);

    /// <summary>The system's clock, which says the same date all the time.</summary>
    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    }
}
