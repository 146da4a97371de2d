using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Control;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.HandPeer;

/// <summary>A control server for clients of which the test sends and reads every message itself.</summary>
internal sealed class HandControlServer : IAsyncDisposable
{
    private readonly QuicEndpoint _endpoint;
    private readonly QuicListener _listener;
    private readonly StrongBox<bool> _isMute;

    private HandControlServer(QuicEndpoint endpoint, QuicListener listener, X509Certificate2 certificate, byte[] resetKey, StrongBox<bool> isMute) =>
        (_endpoint, _listener, Certificate, ResetKey, _isMute) = (endpoint, listener, certificate, resetKey, isMute);

    public IPEndPoint EndPoint => _endpoint.LocalEndPoint;

    public X509Certificate2 Certificate { get; }

    public byte[] ResetKey { get; }

    /// <summary>While it is set, nothing that the server sends arrives.</summary>
    public bool IsMute
    {
        get => Volatile.Read(ref _isMute.Value);
        set => Volatile.Write(ref _isMute.Value, value);
    }

    /// <summary>Starts a server that speaks one generation, on a free port unless one is given.</summary>
    public static HandControlServer Start(
        ProtocolGeneration generation,
        int port = 0,
        X509Certificate2? certificate = null,
        byte[]? resetKey = null,
        string? alpn = null,
        int maxStreams = 1024)
    {
        certificate ??= NewCertificate();
        resetKey ??= RandomNumberGenerator.GetBytes(32);
        StrongBox<bool> isMute = new();
        QuicEndpoint endpoint = QuicEndpoint.Bind(
            new QuicEndpointOptions
            {
                LocalEndPoint = new IPEndPoint(IPAddress.Loopback, port),
                StatelessResetKey = resetKey,
                OutgoingFilter = _ => Volatile.Read(ref isMute.Value) ? QuicDatagramFate.Drop : QuicDatagramFate.Send,
            });
        QuicListener listener = endpoint.Listen(
            new QuicListenerOptions
            {
                ApplicationProtocols = [alpn ?? Alpn.Identifier(ConnectionKind.ControlClients, generation)],
                ServerOptions = new QuicServerConnectionOptions
                {
                    ServerCertificate = QuicCertificate.FromX509Certificate(certificate),
                    IdleTimeout = TimeSpan.FromSeconds(20),
                    MaxInboundBidirectionalStreams = maxStreams,
                },
            });
        return new HandControlServer(endpoint, listener, certificate, resetKey, isMute);
    }

    /// <summary>A self-signed certificate for the loopback address and the name <c>control.test</c>.</summary>
    public static X509Certificate2 NewCertificate(string name = "control.test")
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=control", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public Task<HandConnection> AcceptAsync() => HandConnection.AcceptAsync(_listener, ConnectionKind.ControlClients);

    /// <summary>Takes a connection and the authentication on its first stream, which stays unanswered.</summary>
    public async Task<(HandConnection Connection, HandStream Stream, AuthenticateReq Request)> AcceptRequestAsync()
    {
        HandConnection connection = await AcceptAsync();
        HandStream stream = await connection.AcceptAsync();
        return (connection, stream, await stream.ReceiveAsync(AuthenticateReq.Parser));
    }

    /// <summary>Takes a connection and accepts its client.</summary>
    public async Task<HandConnection> AuthenticateAsync(string reconnectToken = "again", IPEndPoint? publicEndPoint = null)
    {
        (HandConnection connection, HandStream stream, _) = await AcceptRequestAsync();
        await AnswerAsync(connection, stream, reconnectToken, publicEndPoint);
        return connection;
    }

    /// <summary>Accepts a client.</summary>
    public static async Task AnswerAsync(HandConnection connection, HandStream stream, string reconnectToken = "again", IPEndPoint? publicEndPoint = null)
    {
        await stream.SendAsync(
            new AuthenticateResp
            {
                Public = AddressMessages.ToAddrPort(publicEndPoint ?? connection.Connection.RemoteEndPoint),
                ReconnectToken = ByteString.CopyFromUtf8(reconnectToken),
            });
        stream.Complete();
    }

    /// <summary>Ends the server as when its process is killed: without a word.</summary>
    public ValueTask KillAsync()
    {
        IsMute = true;
        return DisposeAsync();
    }

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();
}
