using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Streams;

public sealed class SendingPartTests
{
    private PagePool _pool = null!;

    private SendingPart _part = null!;

    [SetUp]
    public void SetUp()
    {
        _pool = new PagePool();
        _part = new SendingPart(_pool, limit: 1 << 20);
    }

    [Test]
    public void The_states_follow_RFC_9000_section_3_1()
    {
        Assert.That(_part.State, Is.EqualTo(SendingState.Ready));
        _part.Write(new byte[10]);
        Send(4);
        Assert.That(_part.State, Is.EqualTo(SendingState.Send));
        Send(6);
        Assert.That(_part.State, Is.EqualTo(SendingState.Send), "the end is not sent");
        _part.TryFinish();
        Send(0);
        Assert.That(_part.State, Is.EqualTo(SendingState.DataSent));
        _part.OnAcknowledged(0, 10, fin: false);
        Assert.That(_part.State, Is.EqualTo(SendingState.DataSent));
        _part.OnAcknowledged(10, 0, fin: true);
        Assert.That(_part.State, Is.EqualTo(SendingState.DataReceived));
        Assert.That(_part.TryReset(1, out _, out _), Is.False, "there is nothing to give up");
    }

    [Test]
    public void Lost_bytes_go_before_new_ones_in_offset_order()
    {
        _part.Write(new byte[100]);
        Send(10);
        Send(10);
        Send(10);
        _part.OnLost(20, 10, fin: false);
        _part.OnLost(0, 10, fin: false);
        Assert.That(Send(100), Is.EqualTo((0L, 10)));
        Assert.That(Send(100), Is.EqualTo((20L, 10)));
        Assert.That(Send(100), Is.EqualTo((30L, 70)));
        Assert.That(_part.HasChunk, Is.False);
    }

    [Test]
    public void What_was_acknowledged_meanwhile_is_not_sent_again()
    {
        _part.Write(new byte[100]);
        Send(100);
        _part.OnAcknowledged(20, 10, fin: false);
        _part.OnAcknowledged(50, 10, fin: false);
        _part.OnLost(0, 100, fin: false);
        Assert.That(Send(100), Is.EqualTo((0L, 20)));
        Assert.That(Send(100), Is.EqualTo((30L, 20)));
        _part.OnAcknowledged(60, 40, fin: false);
        Assert.That(_part.HasChunk, Is.False, "a late acknowledgement takes back a loss");
    }

    [Test]
    public void A_lost_end_is_sent_again_and_a_found_one_is_not()
    {
        _part.Write(new byte[5]);
        _part.TryFinish();
        Send(5);
        Assert.That(_part.State, Is.EqualTo(SendingState.DataSent), "the last bytes carry the end");
        _part.OnLost(0, 5, fin: true);
        Assert.That(Send(3), Is.EqualTo((0L, 3)));
        Assert.That(Send(3), Is.EqualTo((3L, 2)));
        _part.OnAcknowledged(0, 5, fin: true);
        _part.OnLost(3, 2, fin: true);
        Assert.That(_part.HasChunk, Is.False);
        Assert.That(_part.IsTerminal, Is.True);
    }

    [Test]
    public void Pages_return_as_the_front_is_acknowledged()
    {
        _part.Write(new byte[4 * PagePool.PageSize]);
        Send(4 * PagePool.PageSize);
        Assert.That(_pool.RentedPages, Is.EqualTo(4));
        Assert.That(_part.OnAcknowledged(PagePool.PageSize, PagePool.PageSize, fin: false), Is.EqualTo(PagePool.PageSize));
        Assert.That(_pool.RentedPages, Is.EqualTo(4), "the first page is still needed");
        _part.OnAcknowledged(0, PagePool.PageSize, fin: false);
        Assert.That(_pool.RentedPages, Is.EqualTo(2));
        Assert.That(_part.Held, Is.EqualTo(2 * PagePool.PageSize));
        Assert.That(_part.OnAcknowledged(0, 4 * PagePool.PageSize, fin: false), Is.EqualTo(2 * PagePool.PageSize), "each byte counts once");
        Assert.That(_pool.RentedPages, Is.Zero);
        Assert.That(_part.Unacknowledged, Is.Zero);
    }

    [Test]
    public void A_reset_drops_the_data_and_keeps_what_was_sent_as_final_size()
    {
        _part.Write(new byte[20_000]);
        Send(5_000);
        Assert.That(_part.TryReset(42, out long unsent, out long dropped), Is.True);
        Assert.That((unsent, dropped), Is.EqualTo((15_000L, 20_000L)));
        Assert.That(_part.Sent, Is.EqualTo(5_000));
        Assert.That(_pool.RentedPages, Is.Zero);
        Assert.That(_part.HasChunk, Is.False);
        Assert.That(_part.IsResetPending, Is.True);
        _part.OnLost(0, 5_000, fin: false);
        Assert.That(_part.HasChunk, Is.False, "nothing is sent after a reset (RFC 9000, section 3.1)");

        _part.OnResetSent();
        _part.OnResetLost();
        Assert.That(_part.IsResetPending, Is.True);
        _part.OnResetSent();
        _part.OnResetAcknowledged();
        _part.OnResetLost();
        Assert.That(_part.IsResetPending, Is.False);
        Assert.That(_part.State, Is.EqualTo(SendingState.ResetReceived));
    }

    [Test]
    public void Chunks_are_copied_across_pages()
    {
        byte[] data = new byte[3 * PagePool.PageSize];
        new Random(3).NextBytes(data);
        _part.Write(data.AsSpan(0, 10_000));
        _part.Write(data.AsSpan(10_000));
        byte[] copy = new byte[12_000];
        _part.CopyTo(5_000, copy);
        Assert.That(copy, Is.EqualTo(data[5_000..17_000]));
    }

    private (long Offset, int Length) Send(int most)
    {
        Assert.That(_part.HasChunk, Is.True);
        _part.PeekChunk(out long offset, out long available);
        int length = (int)Math.Min(available, most);
        _part.OnSent(offset, length, _part.EndsAt(offset + length));
        return (offset, length);
    }
}
