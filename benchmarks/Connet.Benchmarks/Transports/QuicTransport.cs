using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic;

namespace Connet.Benchmarks.Transports;

/// <summary>One QUIC connection.</summary>
internal sealed class QuicTransport(QuicConnection connection) : BenchmarkTransport
{
    private const string Protocol = "bench";

    public override (long Sent, long Received) Packets
    {
        get
        {
            QuicConnectionStatistics statistics = connection.GetStatistics();
            return (statistics.PacketsSent, statistics.PacketsReceived);
        }
    }

    public override string Details
    {
        get
        {
            QuicConnectionStatistics s = connection.GetStatistics();
            return $"rtt {s.SmoothedRtt.TotalMicroseconds:F0} us, minimum {s.MinimumRtt.TotalMicroseconds:F0} us, window {s.CongestionWindow >> 10} KiB, "
                + $"lost {s.PacketsLost}, dropped {s.PacketsDropped}, sent {s.PacketsSent}, received {s.PacketsReceived}, datagram {s.MaxDatagramSize}";
        }
    }

    public static QuicListener Listen(QuicEndpoint endpoint, BenchmarkOptions options) => endpoint.Listen(new QuicListenerOptions
    {
        ApplicationProtocols = [Protocol],
        ServerOptions = Limit(options, new QuicServerConnectionOptions
        {
            ServerCertificate = SelfSigned(),
            MaxInboundBidirectionalStreams = 1000,
            MaxDatagramSize = options.Datagram,
            MaxDatagramFrameSize = DatagramWork.MaxFrameSize,
        }),
    });

    public static QuicClientConnectionOptions ClientOptions(IPEndPoint server, BenchmarkOptions options) => Limit(options, new QuicClientConnectionOptions
    {
        RemoteEndPoint = server,
        TargetHost = "bench.example",
        ApplicationProtocols = [Protocol],
        CertificateValidation = QuicCertificateValidation.Custom(static (_, _) => ValueTask.FromResult(true)),
        MaxDatagramSize = options.Datagram,
        MaxDatagramFrameSize = DatagramWork.MaxFrameSize,
    });

    public override async Task<Stream> OpenAsync() => await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional).ConfigureAwait(false);

    public override async Task<Stream> AcceptAsync() => await connection.AcceptInboundStreamAsync().ConfigureAwait(false);

    public override void CompleteWrites(Stream stream) => ((QuicStream)stream).CompleteWrites();

    public override bool SendDatagram(ReadOnlySpan<byte> payload) => connection.SendDatagram(payload) == QuicDatagramResult.Queued;

    public override ValueTask<int> ReceiveDatagramAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        connection.ReceiveDatagramAsync(buffer, cancellationToken);

    public override ValueTask DisposeAsync() => connection.DisposeAsync();

    private static T Limit<T>(BenchmarkOptions options, T connection)
        where T : QuicConnectionOptions
    {
        if (options.Window is { } window)
        {
            connection.MaxStreamWindow = window;
            connection.WindowGrowthBudget = window;
        }

        return connection;
    }

    private static QuicCertificate SelfSigned()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=bench.example", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        return QuicCertificate.FromX509Certificate(certificate);
    }
}
