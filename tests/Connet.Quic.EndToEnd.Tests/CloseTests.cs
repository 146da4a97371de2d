namespace Connet.Quic.EndToEnd.Tests;

/// <summary>What the close of a connection leaves to the reader.</summary>
public sealed class CloseTests
{
    private const int Rounds = 20;

    /// <summary>A server that stops does so when its answers are acknowledged, which is before they are read.</summary>
    [Test]
    public async Task What_was_acknowledged_is_read_to_its_end_after_the_close([Values(1_000, 2_000_000)] int length)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        for (int round = 0; round < Rounds; round++)
        {
            await using LoopbackPair pair = await LoopbackPair.ConnectAsync(streams: 1, limit.Token);
            await using QuicStream stream = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, limit.Token);
            await stream.WriteAsync(new byte[1], completeWrites: true, limit.Token);
            Task answered = AnswerAndCloseAsync(pair.Server, length, limit.Token);

            byte[] buffer = new byte[20_000];
            long total = await stream.ReadAsync(buffer, limit.Token);
            if (length < buffer.Length)
            {
                // All of it is here: the close comes before the reader asks for the end.
                await answered;
                await pair.Client.Closed.WaitAsync(limit.Token);
                Assert.That(stream.ReadsClosed.IsCompleted, Is.False, "the end was not read");
            }

            for (int read; (read = await stream.ReadAsync(buffer, limit.Token)) > 0;)
            {
                total += read;
            }

            Assert.That(total, Is.EqualTo(length));
            Assert.That(stream.ReadsClosed.IsCompleted, Is.True);
            await answered;
        }
    }

    private static async Task AnswerAndCloseAsync(QuicConnection server, int length, CancellationToken cancellationToken)
    {
        QuicStream stream = await server.AcceptInboundStreamAsync(cancellationToken);
        await stream.WriteAsync(new byte[length], completeWrites: true, cancellationToken);
        await stream.WritesClosed.WaitAsync(cancellationToken);
        await server.CloseAsync(0, "done", cancellationToken);
        await stream.DisposeAsync();
    }
}
