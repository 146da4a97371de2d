namespace Connet.Quic.Tests.Sockets;

/// <summary>What a peer may send before it is trusted.</summary>
internal sealed class ReceiveLimitTests : SocketFixture
{
    private const int Piece = 8 * 1024;

    [Test]
    [CancelAfter(Limit)]
    public async Task All_streams_together_wait_until_the_limit_is_lifted(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, server => server.ReceiveLimitUntilLifted = 2 * Piece);
        List<Task> writes = [];
        for (int i = 0; i < 4; i++)
        {
            QuicStream stream = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
            writes.Add(stream.WriteAsync(new byte[Piece], completeWrites: true, token).AsTask());
            if (i < 2)
            {
                // Streams that wait together share what there is, and none would be done.
                await writes[i].WaitAsync(token);
            }
        }

        Assert.That(writes[2].IsCompleted || writes[3].IsCompleted, Is.False);
        pair.Server.LiftReceiveLimit();
        await Task.WhenAll(writes).WaitAsync(token);
        for (int i = 0; i < writes.Count; i++)
        {
            QuicStream stream = await pair.Server.AcceptInboundStreamAsync(token);
            await stream.ReadExactlyAsync(new byte[Piece], token);
        }
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task What_is_read_makes_room_under_the_limit(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, server => server.ReceiveLimitUntilLifted = Piece);
        QuicStream local = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
        Task writing = local.WriteAsync(new byte[10 * Piece], completeWrites: true, token).AsTask();
        QuicStream remote = await pair.Server.AcceptInboundStreamAsync(token);
        await remote.ReadExactlyAsync(new byte[10 * Piece], token);
        await writing.WaitAsync(token);
    }

    [TestCase(-1)]
    [TestCase(4095)]
    [TestCase((1L << 40) + 1)]
    public void A_limit_has_its_range(long limit)
    {
        QuicServerConnectionOptions options = new() { ServerCertificate = Certificates.Server, ReceiveLimitUntilLifted = limit };
        QuicListenerOptions listener = new() { ApplicationProtocols = [Protocol], ServerOptions = options };
        Assert.That(
            () => Bind().Listen(listener), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("ReceiveLimitUntilLifted must be between 4096 and"));
    }
}
