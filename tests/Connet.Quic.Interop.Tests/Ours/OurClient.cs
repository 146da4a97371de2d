using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Quic.Interop.Tests.Ours;

/// <summary>The echo client on our own stack.</summary>
internal static class OurClient
{
    private const int BufferLength = 65536;

    private static readonly TimeSpan _resendAfter = TimeSpan.FromSeconds(2);

    public static QuicEndpoint Bind() => QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });

    public static async Task<QuicConnection> ConnectAsync(
        QuicEndpoint endpoint, int port, TestCertificates certificates, CancellationToken cancellationToken) =>
        await endpoint.ConnectAsync(
            new QuicClientConnectionOptions
            {
                RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, port),
                TargetHost = TestProtocol.ServerName,
                ApplicationProtocols = [TestProtocol.Alpn],
                MaxDatagramFrameSize = TestProtocol.MaxDatagramFrameSize,
                CertificateValidation = QuicCertificateValidation.CustomRoots(new X509Certificate2Collection(certificates.Authority)),
            },
            cancellationToken);

    /// <summary>
    /// Connects, carries out the plan with every byte compared, and closes with <see cref="TestProtocol.CloseCode"/>. Returns what the
    /// connection counted until then.
    /// </summary>
    /// <param name="port">The server's port.</param>
    /// <param name="certificates">What the server is trusted by.</param>
    /// <param name="plan">What to transfer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="until">
    /// What is waited for before the socket closes: while it is open, a close that was lost is sent again to a peer that goes on
    /// (RFC 9000, section 10.2.1).
    /// </param>
    public static async Task<QuicConnectionStatistics> RunAsync(
        int port, TestCertificates certificates, TransferPlan plan, CancellationToken cancellationToken, Func<CancellationToken, Task>? until = null)
    {
        await using QuicEndpoint endpoint = Bind();
        await using QuicConnection connection = await ConnectAsync(endpoint, port, certificates, cancellationToken);
        await EchoAsync(connection, plan, cancellationToken);
        await EchoDatagramsAsync(connection, plan.Datagrams, cancellationToken);
        QuicConnectionStatistics statistics = connection.GetStatistics();
        await connection.CloseAsync(TestProtocol.CloseCode, TestProtocol.CloseReason, cancellationToken);
        await (until?.Invoke(cancellationToken) ?? Task.CompletedTask);
        await TestContext.Out.WriteLineAsync($"{endpoint.GetStatistics()}{Environment.NewLine}{statistics}");
        return statistics;
    }

    /// <summary>Opens all streams at once; each sends its own bytes and compares what comes back beside it.</summary>
    public static Task EchoAsync(QuicConnection connection, TransferPlan plan, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, plan.Streams).Select(
            async index =>
            {
                EchoPattern pattern = new(seed: index);
                await using QuicStream stream = await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, cancellationToken);
                await Task.WhenAll(
                    SendAsync(stream, pattern, plan.BytesPerStream, cancellationToken),
                    CompareAsync(stream, pattern, plan.BytesPerStream, cancellationToken));
            }));

    /// <summary>
    /// Sends datagrams one after the other and compares what comes back, from empty ones to the largest. Either way may lose one: then the
    /// next attempt sends the same again.
    /// </summary>
    private static async Task EchoDatagramsAsync(QuicConnection connection, int count, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[TestProtocol.MaxDatagramFrameSize];
        for (int number = 0; number < count; number++)
        {
            byte[] sent = new byte[(int)((long)number * LargestEcho(connection) / Math.Max(count - 1, 1))];
            new Random(number).NextBytes(sent);
            bool came = false;
            while (!came)
            {
                Assert.That(connection.SendDatagram(sent), Is.EqualTo(QuicDatagramResult.Queued));
                using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                late.CancelAfter(_resendAfter);
                try
                {
                    while (!came)
                    {
                        int length = await connection.ReceiveDatagramAsync(buffer, late.Token);
                        came = buffer.AsSpan(0, length).SequenceEqual(sent);
                    }
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                }
            }
        }
    }

    // What a peer finds out about the way back may lag behind: it must be able to echo.
    private static int LargestEcho(QuicConnection connection) => Math.Min(connection.MaxDatagramPayload, 1150);

    private static async Task SendAsync(QuicStream stream, EchoPattern pattern, int length, CancellationToken cancellationToken)
    {
        for (int offset = 0; offset < length;)
        {
            ReadOnlyMemory<byte> chunk = pattern.Slice(offset, length - offset);
            offset += chunk.Length;
            await stream.WriteAsync(chunk, completeWrites: offset == length, cancellationToken);
        }
    }

    private static async Task CompareAsync(QuicStream stream, EchoPattern pattern, int length, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferLength];
        long offset = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            Assert.That(pattern.Matches(offset, buffer.AsSpan(0, read)), Is.True, $"{stream} differs within {read} bytes from offset {offset}");
            offset += read;
        }

        Assert.That(offset, Is.EqualTo(length), $"{stream} ended early or late");
    }
}
