using Connet.Quic.Core.Paths;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Paths;

/// <summary>RFC 9000, sections 5.1.1, 5.1.2 and 19.16.</summary>
public sealed class LocalConnectionIdsTests
{
    [TestCase(2, 1)]
    [TestCase(4, 3)]
    [TestCase(5, 4)]
    [TestCase(int.MaxValue, 4, Description = "the peer's limit is not a wish")]
    [TestCase(0, 0)]
    public void As_many_are_wanted_as_the_peer_keeps_up_to_four_to_spare(int peerLimit, int wanted) =>
        Assert.That(new LocalConnectionIds(Id(0)).Wanted(peerLimit), Is.EqualTo(wanted));

    [Test]
    public void Issued_ids_are_announced_once_in_order()
    {
        LocalConnectionIds ids = Announced(2);
        Assert.That(ids.HasPending, Is.False);
        Assert.That(ids.TryGetPending(out _), Is.False);
        Assert.That(ids.Count, Is.EqualTo(3));
        Assert.That(ids.Wanted(3), Is.Zero);
    }

    [Test]
    public void A_lost_announcement_is_repeated_unchanged_until_acknowledged()
    {
        LocalConnectionIds ids = Announced(2);
        ids.OnLost(2);
        Assert.That(ids.TryGetPending(out NewConnectionIdFrame again), Is.True);
        Assert.That(again, Is.EqualTo(new NewConnectionIdFrame(2, 0, Id(2), Token(2))));
        ids.OnAcked(2);
        ids.OnLost(2);
        ids.OnLost(0);
        ids.OnLost(77);
        Assert.That(ids.HasPending, Is.False);
    }

    [Test]
    public void A_retired_id_ends_and_makes_room_for_another()
    {
        LocalConnectionIds ids = Announced(2);
        Assert.That(ids.HandleRetire(1, Id(0), out ConnectionId? retired), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(retired, Is.EqualTo(Id(1)));
        Assert.That(ids.Wanted(3), Is.EqualTo(1));
        Assert.That(ids.Issue(Id(3), Token(3)), Is.EqualTo(3), "numbers are not used twice");

        Assert.That(ids.HandleRetire(1, Id(0), out retired), Is.EqualTo(TransportErrorCode.NoError), "a repetition is nothing");
        Assert.That(retired, Is.Null);
        ids.OnLost(1);
        Assert.That(ids.TryGetPending(out NewConnectionIdFrame frame), Is.True);
        Assert.That(frame.Sequence, Is.EqualTo(3), "a retired ID is not announced again");
        Assert.That(ids.TryGetPending(out _), Is.False);
    }

    [Test]
    public void The_id_of_the_handshake_can_be_retired()
    {
        LocalConnectionIds ids = Announced(1);
        Assert.That(ids.HandleRetire(0, Id(1), out ConnectionId? retired), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(retired, Is.EqualTo(Id(0)));
    }

    [TestCase(3L)]
    [TestCase(4L)]
    [TestCase(VarInt.MaxValue)]
    public void Retiring_what_was_never_sent_is_a_protocol_violation(long sequence)
    {
        LocalConnectionIds ids = Announced(2);
        ids.Issue(Id(3), Token(3));
        Assert.That(ids.HandleRetire(sequence, Id(0), out ConnectionId? retired), Is.EqualTo(TransportErrorCode.ProtocolViolation));
        Assert.That(retired, Is.Null);
    }

    [Test]
    public void Retiring_the_id_that_carried_the_frame_is_a_protocol_violation()
    {
        LocalConnectionIds ids = Announced(2);
        Assert.That(ids.HandleRetire(1, Id(1), out ConnectionId? retired), Is.EqualTo(TransportErrorCode.ProtocolViolation));
        Assert.That(retired, Is.Null);
        Assert.That(ids.Count, Is.EqualTo(3));
    }

    [Test]
    public void Ids_of_length_zero_are_neither_added_to_nor_retired()
    {
        LocalConnectionIds ids = new(default);
        Assert.That(ids.Wanted(8), Is.Zero);
        Assert.That(ids.HandleRetire(0, Id(0), out _), Is.EqualTo(TransportErrorCode.ProtocolViolation));
    }

    [Test]
    public void All_ids_can_be_replaced()
    {
        LocalConnectionIds ids = Announced(2);
        ids.OnLost(2);
        ids.RetireAll();
        Assert.That(ids.Wanted(3), Is.EqualTo(3), "IDs to be retired do not count against the peer's limit");
        ids.Issue(Id(3), Token(3));
        Assert.That(ids.TryGetPending(out NewConnectionIdFrame late), Is.True);
        Assert.That((late.Sequence, late.RetirePriorTo), Is.EqualTo((2L, 2L)), "never beyond its own number");
        Assert.That(ids.TryGetPending(out NewConnectionIdFrame replacing), Is.True);
        Assert.That((replacing.Sequence, replacing.RetirePriorTo), Is.EqualTo((3L, 3L)));
    }

    [Test]
    public void A_peer_that_is_asked_to_retire_and_does_not_cannot_make_us_hold_more()
    {
        LocalConnectionIds ids = new(Id(0));
        byte next = 1;
        for (int round = 0; round < 20; round++)
        {
            for (int wanted = ids.Wanted(8); wanted > 0; wanted--)
            {
                ids.Issue(Id(next), Token(next));
                next++;
            }

            ids.RetireAll();
        }

        Assert.That(ids.Count, Is.EqualTo(2 * LocalConnectionIds.MaxActive));
    }

    [Test]
    public void A_flood_of_retirements_costs_bounded_memory()
    {
        LocalConnectionIds ids = Announced(4);
        for (int i = 0; i < 100_000; i++)
        {
            Assert.That(ids.HandleRetire(i + 1, Id(0), out ConnectionId? retired), Is.EqualTo(TransportErrorCode.NoError));
            Assert.That(retired, Is.Not.Null);
            Assert.That(ids.Wanted(8), Is.EqualTo(1));
            ids.Issue(Id((byte)(1 + (i % 200))), Token(9));
            Assert.That(ids.TryGetPending(out _), Is.True);
        }

        Assert.That(ids.Count, Is.EqualTo(5));
    }

    [Test]
    public void Every_active_id_is_listed_for_the_end()
    {
        LocalConnectionIds ids = Announced(2);
        ids.HandleRetire(1, Id(0), out _);
        List<ConnectionId> all = [];
        ids.CopyTo(all);
        Assert.That(all, Is.EqualTo((ConnectionId[])[Id(0), Id(2)]));
    }

    private static LocalConnectionIds Announced(int count)
    {
        LocalConnectionIds ids = new(Id(0));
        for (byte sequence = 1; sequence <= count; sequence++)
        {
            Assert.That(ids.Issue(Id(sequence), Token(sequence)), Is.EqualTo(sequence));
        }

        for (byte sequence = 1; sequence <= count; sequence++)
        {
            Assert.That(ids.TryGetPending(out NewConnectionIdFrame frame), Is.True);
            Assert.That(frame, Is.EqualTo(new NewConnectionIdFrame(sequence, 0, Id(sequence), Token(sequence))));
        }

        return ids;
    }

    private static ConnectionId Id(byte value) => new([0xc0, value]);

    private static StatelessResetToken Token(byte value) => new([.. Enumerable.Repeat(value, 16)]);
}
