using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Simulation;

/// <summary>
/// A client and a server with two links between them, in virtual time: nothing sleeps, nothing is random but the seed.
/// </summary>
internal sealed class QuicPair
{
    private readonly PairOptions _options;
    private int _stepsAtOnce;

    public QuicPair(PairOptions options)
    {
        _options = options;
        Random random = new(options.Seed);
        ToServer = new SimulatedLink(new Random(random.Next())) { Conditions = options.ClientToServer };
        ToClient = new SimulatedLink(new Random(random.Next())) { Conditions = options.ServerToClient };
        Client = new SimulatedHost(NetworkAddress.FromIPv4(0x0a000001, 4000), random.Next(), EndpointConfig(retry: false));
        Client.MaxSegments = options.ClientSegments;
        Server = new SimulatedHost(NetworkAddress.FromIPv4(0x0a000002, 443), random.Next(), EndpointConfig(options.Retry), Accept) { MaxSegments = options.ServerSegments };
    }

    public SimulatedLink ToServer { get; }

    public SimulatedLink ToClient { get; }

    public SimulatedHost Client { get; private set; }

    public SimulatedHost Server { get; private set; }

    /// <summary>Whether a datagram to that address reaches the client: a NAT lets in only what is meant for its present mapping.</summary>
    public Func<NetworkAddress, bool>? ClientReceivesAt { get; set; }

    public Timestamp Now { get; private set; } = new(TimeSpan.TicksPerDay);

    /// <summary>The client's newest connection.</summary>
    public Connection ClientConnection => Client.History[^1];

    /// <summary>The server's newest connection.</summary>
    public Connection ServerConnection => Server.History[^1];

    /// <summary>Starts a connection without waiting for anything.</summary>
    public Connection BeginConnect()
    {
        Connection connection = Client.Connect(Now, Server.Address, _options.Client, CreateClientTls);
        Pump();
        return connection;
    }

    /// <summary>Connects and waits until both ends are established and the handshake is confirmed.</summary>
    public void Connect()
    {
        BeginConnect();
        bool established = RunUntil(
            () => ClientConnection.Handshake.IsConfirmed && Server.History.Count > 0 && ServerConnection.State == ConnectionState.Established,
            TimeSpan.FromSeconds(60));
        Assert.That(established, Is.True, () => $"the handshake did not complete: client {Describe(ClientConnection)}");
    }

    /// <summary>The server forgets everything but its keys, as when its process is started anew.</summary>
    public void RestartServer() => Server = new SimulatedHost(Server.Address, _options.Seed + 1, EndpointConfig(_options.Retry), Accept);

    /// <summary>The client forgets everything but its keys; what the server sends to its old connections comes to the same address.</summary>
    public void RestartClient() => Client = new SimulatedHost(Client.Address, _options.Seed + 2, EndpointConfig(retry: false));

    /// <summary>Sends what the ends have to send.</summary>
    public void Pump()
    {
        Client.Pump(Now, (transmit, data) => SendSegments(ToServer, transmit, data));
        Server.Pump(Now, (transmit, data) =>
        {
            if (ClientReceivesAt?.Invoke(transmit.Remote) ?? transmit.Remote == Client.Address)
            {
                SendSegments(ToClient, transmit, data);
            }
        });
    }

    /// <summary>Goes to the next moment at which something happens; false if nothing will.</summary>
    public bool Step()
    {
        Timestamp next = Timestamp.Min(ToServer.NextArrival, ToClient.NextArrival);
        next = Timestamp.Min(next, Timestamp.Min(Client.NextTimeout, Server.NextTimeout));
        if (next.IsNever)
        {
            return false;
        }

        // A deadline in the past that does not go away would keep a driver's thread busy for ever.
        _stepsAtOnce = next > Now ? 0 : _stepsAtOnce + 1;
        Assert.That(_stepsAtOnce, Is.LessThan(500), () => $"time stands still: client {Describe(Client)}, server {Describe(Server)}");
        Now = Timestamp.Max(Now, next);
        Client.HandleTimeouts(Now);
        Server.HandleTimeouts(Now);
        while (ToServer.TryReceive(Now, out byte[]? datagram))
        {
            Server.Receive(Now, Client.Address, datagram!, reply => ToClient.Send(Now, reply));
        }

        while (ToClient.TryReceive(Now, out byte[]? datagram))
        {
            Client.Receive(Now, Server.Address, datagram!, reply => ToServer.Send(Now, reply));
        }

        Pump();
        return true;
    }

    /// <summary>Steps until the condition holds; false if it does not within the given virtual time.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        Timestamp deadline = Now + limit;
        while (!condition())
        {
            if (!Step() || Now > deadline)
            {
                return condition();
            }
        }

        return true;
    }

    /// <summary>Lets virtual time pass.</summary>
    public void RunFor(TimeSpan time)
    {
        Timestamp end = Now + time;
        while (true)
        {
            Timestamp next = Timestamp.Min(Timestamp.Min(ToServer.NextArrival, ToClient.NextArrival), Timestamp.Min(Client.NextTimeout, Server.NextTimeout));
            if (next > end)
            {
                Now = end;
                return;
            }

            Step();
        }
    }

    /// <summary>The first connection of the server that was established: copies and damaged Initials make others, that come to nothing.</summary>
    public Connection? EstablishedServerConnection => Server.History.Find(static connection => connection.Handshake.IsComplete);

    /// <summary>Checks that nothing is left of any connection.</summary>
    public void AssertForgotten()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Client.Endpoint.ConnectionCount, Is.Zero, "client connections");
            Assert.That(Server.Endpoint.ConnectionCount, Is.Zero, "server connections");
            Assert.That(Client.Endpoint.RoutedIdCount, Is.Zero, "client IDs");
            Assert.That(Server.Endpoint.RoutedIdCount, Is.Zero, "server IDs");
            Assert.That(Server.Endpoint.HandshakesInProgress, Is.Zero, "handshakes");
        }
    }

    public static string Describe(SimulatedHost host) => string.Join(" | ", host.Connections.Values.Select(Describe));

    public static string Describe(Connection connection) => $"{connection.State} {connection.CloseReason} {connection.Statistics}";

    private static EndpointConfig EndpointConfig(bool retry) => new()
    {
        StatelessResetKey = new byte[32],
        TokenKey = new byte[32],
        AlwaysRetry = retry,
    };

    private static void SendSegmentsTo(SimulatedLink link, Timestamp now, Transmit transmit, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int length = Math.Min(transmit.SegmentSize, data.Length);
            link.Send(now, data[..length]);
            data = data[length..];
        }
    }

    private void SendSegments(SimulatedLink link, Transmit transmit, ReadOnlySpan<byte> data) => SendSegmentsTo(link, Now, transmit, data);

    private ITlsSession CreateClientTls(Func<ConnectionConfig, byte[]> encode) => BouncyCastleTlsSession.CreateClient(
        new TlsClientOptions
        {
            Alpn = _options.ClientAlpn,
            ServerName = _options.ServerName,
            Certificate = _options.ClientCertificate,
            TransportParameters = encode(_options.Client),
        },
        Client.Random);

    private (ConnectionConfig Config, TlsFactory CreateTls) Accept(IncomingInitial initial) =>
        (_options.Server, encode => BouncyCastleTlsSession.CreateServer(new TlsServerOptions { Select = hello => Select(hello, encode) }, Server.Random));

    private TlsServerSelection Select(TlsClientHello hello, Func<ConnectionConfig, byte[]> encode)
    {
        if (!hello.Alpn.Any(static offered => offered.AsSpan().SequenceEqual("test"u8)))
        {
            return TlsServerSelection.Refuse(120);
        }

        return new TlsServerSelection(_options.ServerIdentity, "test"u8.ToArray(), encode(_options.Server))
        {
            ClientCertificates = _options.ClientCertificates,
            State = new ServerAcceptance { Config = _options.Server },
        };
    }
}
