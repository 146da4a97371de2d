using Connet.HandPeer;
using Connet.Protocol.Encryption.Tls;
using Connet.Protocol.Identities;

namespace Connet.Protocol.Tests.Encryption.Tls;

/// <summary>What a program that is not ours may send after the handshake, played by another engine configuration.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TlsSessionTests
{
    [Test]
    public async Task Keys_may_be_updated_at_any_time_and_an_answer_goes_before_the_next_data([Values] bool isRequest)
    {
        (TlsRelayStream side, HandTls hand, TlsLane toSide, TlsLane fromSide) = await ConnectAsync();
        await SendAsync(toSide, hand.Seal("a"u8));
        await SendAsync(toSide, hand.KeyUpdate(isRequest));
        await SendAsync(toSide, hand.Seal("b"u8));
        Assert.That(await TlsPair.ReadAsync(side, 2), Is.EqualTo("ab"u8.ToArray()));
        int before = fromSide.Sent.Count;
        await side.WriteAsync("c"u8.ToArray());
        Assert.That(fromSide.Sent.Count - before, Is.EqualTo(isRequest ? 2 : 1));
        await side.WriteAsync("d"u8.ToArray());
        Assert.That(fromSide.Sent.Count - before, Is.EqualTo(isRequest ? 3 : 2), "the request is answered once");
        hand.Offer([.. fromSide.Sent.Skip(before).SelectMany(record => record)]);
        Assert.That(hand.Received(), Is.EqualTo("cd"u8.ToArray()));
    }

    [Test]
    public async Task Key_updates_without_end_are_refused()
    {
        (TlsRelayStream side, HandTls hand, TlsLane toSide, _) = await ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            for (int update = 0; update < TlsParameters.MaxIdleKeyUpdates; update++)
            {
                await SendAsync(toSide, hand.KeyUpdate(isRequest: true));
            }

            await SendAsync(toSide, hand.Seal("x"u8));
            Assert.That(await TlsPair.ReadAsync(side, 1), Is.EqualTo("x"u8.ToArray()));
        }

        for (int update = 0; update <= TlsParameters.MaxIdleKeyUpdates; update++)
        {
            await SendAsync(toSide, hand.KeyUpdate(isRequest: true));
        }

        Assert.That(async () => await side.ReadAsync(new byte[1]), Throws.TypeOf<ProtocolException>().With.Message.Contains("unexpected_message"));
    }

    [Test]
    public async Task An_end_is_an_end_whatever_its_level_and_what_follows_is_not_read([Values(1, 2)] int level)
    {
        (TlsRelayStream side, HandTls hand, TlsLane toSide, TlsLane fromSide) = await ConnectAsync();
        await SendAsync(toSide, [.. hand.Seal("all"u8), .. hand.Alert((short)level, 0), .. hand.Seal("more"u8)]);
        Assert.That(await TlsPair.ReadToEndAsync(side), Is.EqualTo("all"u8.ToArray()));
        Assert.That(fromSide.IsEnded, Is.False, "the other direction goes on");
        int before = fromSide.Sent.Count;
        await side.WriteAsync("answer"u8.ToArray());
        hand.Offer([.. fromSide.Sent.Skip(before).SelectMany(record => record)]);
        Assert.That(hand.Received(), Is.EqualTo("answer"u8.ToArray()));
    }

    [Test]
    public async Task Any_other_alert_is_an_error_whatever_its_level([Values(1, 2)] int level)
    {
        (TlsRelayStream side, HandTls hand, TlsLane toSide, _) = await ConnectAsync();
        await SendAsync(toSide, hand.Alert((short)level, 80));
        Assert.That(async () => await side.ReadAsync(new byte[1]), Throws.TypeOf<ProtocolException>().With.Message.Contains("internal_error"));
    }

    [Test]
    public async Task Empty_records_are_passed_over()
    {
        (TlsRelayStream side, HandTls hand, TlsLane toSide, _) = await ConnectAsync();
        await SendAsync(toSide, [.. hand.Record(23, []), .. hand.Alert(1, 90), .. hand.Seal("x"u8)]);
        Assert.That(await TlsPair.ReadAsync(side, 1), Is.EqualTo("x"u8.ToArray()));
    }

    private static ValueTask SendAsync(TlsLane lane, byte[] records) => lane.WriteAsync(records, isLast: false, CancellationToken.None);

    /// <summary>Our destination, and a source that is not ours.</summary>
    private static async Task<(TlsRelayStream Side, HandTls Hand, TlsLane ToSide, TlsLane FromSide)> ConnectAsync()
    {
        TlsLane forth = new();
        TlsLane back = new();
        GeneratedCertificate own = TlsPair.NewIdentity().Server;
        PeerIdentity source = TlsPair.NewIdentity();
        TlsRelayStream side = TlsRelayStream.AtDestination(new LaneTransport(forth, back), own, TlsPair.Info(source.Client));
        HandTls hand = HandTls.Client(own.ServerName, source.Client);
        Task handshake = TlsPair.HandshakeAsync(side);
        byte[] buffer = new byte[4096];
        using CancellationTokenSource patience = new(TlsPair.Patience);
        while (true)
        {
            byte[] output = hand.TakeOutput();
            if (output.Length > 0)
            {
                await SendAsync(forth, output);
            }

            if (hand.IsComplete)
            {
                break;
            }

            hand.Offer(buffer.AsSpan(0, await back.ReadAsync(buffer, patience.Token)));
        }

        await handshake;
        return (side, hand, forth, back);
    }
}
