using System.Net;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Quic;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using RelayRequest = Connet.Protocol.ControlRelays.AuthenticateReq;
using RelayResponse = Connet.Protocol.ControlRelays.AuthenticateResp;

namespace Connet.Control.Tests;

/// <summary>A control server on loopback with a clock of the test's, and peers of it that are driven by hand.</summary>
internal sealed class ControlHarness : IAsyncDisposable
{
    public const string Token = "a client's token";
    public const string RelayToken = "a relay's token";

    private readonly QuicEndpoint _endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });

    private ControlHarness(ControlServer server, FakeTimeProvider clock)
    {
        Server = server;
        Clock = clock;
    }

    /// <summary>The certificate of every server here.</summary>
    public static QuicCertificate Certificate { get; } = HandIdentity.Relay().ToQuic();

    public ControlServer Server { get; }

    public FakeTimeProvider Clock { get; }

    /// <summary>The socket of the hand-driven peers.</summary>
    public QuicEndpoint Endpoint => _endpoint;

    public static QuicCertificateValidation Validation { get; } = QuicCertificateValidation.Pinned(Certificate.RawLeaf);

    public static ControlServerOptions Options()
    {
        ControlServerOptions options = new() { Certificate = Certificate };
        options.ClientIngresses.Add(new ControlIngressOptions { Address = "127.0.0.1:0" });
        options.RelayIngresses.Add(new ControlIngressOptions { Address = "127.0.0.1:0" });
        options.ClientTokens.Add(Token);
        options.RelayTokens.Add(RelayToken);
        return options;
    }

    /// <summary>When the clock of every harness starts, unless a test says otherwise.</summary>
    public static DateTimeOffset Noon { get; } = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    public static async Task<ControlHarness> StartAsync(Action<ControlServerOptions>? configure = null, DateTimeOffset? now = null)
    {
        FakeTimeProvider clock = new(now ?? Noon);
        ControlServerOptions options = Options();
        options.TimeProvider = clock;
        configure?.Invoke(options);
        return new ControlHarness(await ControlServer.StartAsync(options), clock);
    }

    /// <summary>Dials without authenticating.</summary>
    public Task<HandConnection> DialAsync(ConnectionKind kind, ProtocolGeneration generation, string? serverName = null, QuicEndpoint? from = null) =>
        HandConnection.DialAsync(
            from ?? _endpoint,
            kind == ConnectionKind.ControlClients ? Server.ClientEndPoints[0] : Server.RelayEndPoints[0],
            kind,
            generation,
            Validation,
            serverName);

    /// <summary>Dials and authenticates a client.</summary>
    public async Task<(HandConnection Connection, AuthenticateResp Response)> ClientAsync(
        ProtocolGeneration generation = ProtocolGeneration.Second, string token = Token, string metadata = "", ByteString? reconnect = null, QuicEndpoint? from = null)
    {
        HandConnection connection = await DialAsync(ConnectionKind.ControlClients, generation, from: from);
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Token = token, Metadata = metadata, BuildVersion = "hand", ReconnectToken = reconnect ?? ByteString.Empty });
        stream.Complete();
        AuthenticateResp response = await stream.ReceiveAsync(AuthenticateResp.Parser);
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
        return (connection, response);
    }

    /// <summary>Dials and authenticates a client that is accepted.</summary>
    public async Task<HandConnection> AcceptedClientAsync(ProtocolGeneration generation = ProtocolGeneration.Second, string metadata = "", ByteString? reconnect = null)
    {
        (HandConnection connection, AuthenticateResp response) = await ClientAsync(generation, metadata: metadata, reconnect: reconnect);
        Assert.That(response.Error, Is.Null);
        return connection;
    }

    /// <summary>The request of a relay that is accepted.</summary>
    public static RelayRequest RelayRequest(X25519KeyPair key, GeneratedCertificate certificate, string metadata = "") => new()
    {
        Token = RelayToken,
        BuildVersion = "hand",
        Metadata = metadata,
        Addresses = { new HostPort { Host = "relay.example", Port = 19191 } },
        ServerCertificate = ByteString.CopyFrom(certificate.Certificate.Span),
        RelayAuthenticationKey = ByteString.CopyFrom(key.PublicKey),
    };

    /// <summary>Dials and authenticates a relay.</summary>
    public async Task<(HandConnection Connection, RelayResponse Response)> RelayAsync(RelayRequest request, ProtocolGeneration generation = ProtocolGeneration.Second)
    {
        HandConnection connection = await DialAsync(ConnectionKind.ControlRelays, generation);
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(request);
        stream.Complete();
        RelayResponse response = await stream.ReceiveAsync(RelayResponse.Parser);
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
        return (connection, response);
    }

    /// <summary>Waits for a state that the server reaches by itself.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        using CancellationTokenSource patience = new(HandConnection.Patience);
        while (!condition())
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>Lets the server take a few turns.</summary>
    public static async Task TurnAsync()
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        await timer.WaitForNextTickAsync();
    }

    /// <summary>The one client of the server. The server knows it a moment after the client has its answer.</summary>
    public async Task<ControlClientStatus> SingleClientAsync()
    {
        await UntilAsync(() => Server.GetStatus().Clients.Count == 1);
        return Server.GetStatus().Clients.Single();
    }

    /// <summary>The one relay of the server.</summary>
    public async Task<ControlRelayStatus> SingleRelayAsync()
    {
        await UntilAsync(() => Server.GetStatus().Relays.Count == 1);
        return Server.GetStatus().Relays.Single();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _endpoint.DisposeAsync();
    }
}
