using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Tls;

/// <summary>A client and a server, and the wire between them.</summary>
internal sealed class TlsPair
{
    public static readonly byte[] Alpn = "connet-test"u8.ToArray();
    public static readonly byte[] ClientParameters = [.. Enumerable.Repeat((byte)0xc1, 60)];
    public static readonly byte[] ServerParameters = [.. Enumerable.Repeat((byte)0x5e, 70)];

    public required TlsEndpoint Client { get; init; }

    public required TlsEndpoint Server { get; init; }

    /// <summary>Changes a message on its way: true for those of the client. Null drops it.</summary>
    public Func<bool, EncryptionLevel, byte[], byte[]?>? Mutate { get; init; }

    /// <summary>The size of the next piece handed to a session.</summary>
    public Func<int> PieceSize { get; init; } = () => int.MaxValue;

    public bool IsComplete => Client.IsComplete && Server.IsComplete;

    public static TlsClientOptions ClientOptions(
        TlsIdentity? certificate = null,
        string? serverName = "a.example",
        byte[][]? alpn = null,
        IReadOnlyList<CipherSuite>? suites = null,
        IReadOnlyList<TlsNamedGroup>? groups = null,
        IReadOnlyList<TlsNamedGroup>? shares = null) => new()
        {
            Alpn = alpn ?? [Alpn],
            ServerName = serverName,
            Certificate = certificate,
            TransportParameters = ClientParameters,
            CipherSuites = suites ?? TlsDefaults.CipherSuites,
            Groups = groups ?? TlsDefaults.Groups,
            KeyShareGroups = shares ?? TlsDefaults.KeyShareGroups,
        };

    public static TlsServerOptions ServerOptions(
        TlsIdentity? certificate = null,
        ClientCertificateMode clients = ClientCertificateMode.None,
        Func<TlsClientHello, TlsServerSelection?>? select = null,
        IReadOnlyList<CipherSuite>? suites = null,
        IReadOnlyList<TlsNamedGroup>? groups = null) => new()
        {
            Select = select ?? (_ => Selection(certificate, clients)),
            CipherSuites = suites ?? TlsDefaults.CipherSuites,
            Groups = groups ?? TlsDefaults.Groups,
        };

    public static TlsServerSelection Selection(
        TlsIdentity? certificate = null, ClientCertificateMode clients = ClientCertificateMode.None, object? state = null) =>
        new(certificate ?? Identities.Server, Alpn, ServerParameters) { ClientCertificates = clients, State = state };

    public static TlsEndpoint NewClient(TlsClientOptions? options = null, bool answersAtOnce = true, int? seed = null) =>
        new(BouncyCastleTlsSession.CreateClient(options ?? ClientOptions(), seed is { } s ? new SeededRandom(s) : null))
        {
            AnswersAtOnce = answersAtOnce,
        };

    public static TlsEndpoint NewServer(TlsServerOptions? options = null, bool answersAtOnce = true, int? seed = null) =>
        new(BouncyCastleTlsSession.CreateServer(options ?? ServerOptions(), seed is { } s ? new SeededRandom(s) : null))
        {
            AnswersAtOnce = answersAtOnce,
        };

    /// <summary>Both with a certificate.</summary>
    public static TlsPair Mutual(
        Func<bool, EncryptionLevel, byte[], byte[]?>? mutate = null, TlsClientOptions? client = null, TlsServerOptions? server = null) => new()
        {
            Client = NewClient(client ?? ClientOptions(Identities.Client)),
            Server = NewServer(server ?? ServerOptions(clients: ClientCertificateMode.Required)),
            Mutate = mutate,
        };

    public static TlsPair Create(TlsClientOptions? client = null, TlsServerOptions? server = null) =>
        new() { Client = NewClient(client), Server = NewServer(server) };

    /// <summary>Starts both and carries messages until nothing moves; an endpoint that failed gets no more.</summary>
    public TlsPair Run()
    {
        Server.Start();
        Client.Start();
        Pump();
        return this;
    }

    public void Pump()
    {
        while (Client.Outbox.Count > 0 || Server.Outbox.Count > 0)
        {
            Carry(Client, Server, fromClient: true);
            Carry(Server, Client, fromClient: false);
        }
    }

    public void AssertComplete()
    {
        Assert.That(Client.Error, Is.Null);
        Assert.That(Server.Error, Is.Null);
        Assert.That(IsComplete, Is.True);
        foreach (EncryptionLevel level in new[] { EncryptionLevel.Handshake, EncryptionLevel.Application })
        {
            SecretsOutput client = Client.Secrets(level);
            SecretsOutput server = Server.Secrets(level);
            Assert.That(client.ClientSecret, Is.EqualTo(server.ClientSecret));
            Assert.That(client.ServerSecret, Is.EqualTo(server.ServerSecret));
            Assert.That(client.ClientSecret, Is.Not.EqualTo(client.ServerSecret));
            Assert.That(client.ClientSecret.Any(b => b != 0), "the secret was wiped");
            Assert.That(client.Suite, Is.EqualTo(server.Suite));
        }
    }

    private void Carry(TlsEndpoint from, TlsEndpoint to, bool fromClient)
    {
        while (from.Outbox.TryDequeue(out CryptoOutput? message))
        {
            byte[] copy = (byte[])message.Data.Clone();
            ReadOnlySpan<byte> data = Mutate is null ? copy : Mutate(fromClient, message.Level, copy);
            while (!data.IsEmpty && to.Error is null)
            {
                int length = Math.Min(PieceSize(), data.Length);
                to.Receive(message.Level, data[..length]);
                data = data[length..];
            }
        }
    }
}
