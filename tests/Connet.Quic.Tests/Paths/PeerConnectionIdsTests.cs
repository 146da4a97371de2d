using Connet.Quic.Core.Paths;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Paths;

/// <summary>RFC 9000, sections 5.1.1, 5.1.2, 10.3 and 19.15.</summary>
public sealed class PeerConnectionIdsTests
{
    private const TransportErrorCode Fine = TransportErrorCode.NoError;
    private const TransportErrorCode Violation = TransportErrorCode.ProtocolViolation;
    private const TransportErrorCode Limit = TransportErrorCode.ConnectionIdLimitError;

    [Test]
    public void New_ids_are_spare_until_rotation_uses_them_by_number()
    {
        PeerConnectionIds ids = new(Id(0));
        Assert.That(ids.HandleNew(Frame(3)), Is.EqualTo(Fine));
        Assert.That(ids.HandleNew(Frame(1)), Is.EqualTo(Fine));
        Assert.That(ids.Current, Is.EqualTo(Id(0)));
        Assert.That(ids.SpareCount, Is.EqualTo(2));
        Assert.That(ids.TryRotate(), Is.True);
        Assert.That(ids.Current, Is.EqualTo(Id(1)));
        Assert.That(Retirements(ids), Is.EqualTo((long[])[0]));
        Assert.That(ids.TryRotate(), Is.True);
        Assert.That((ids.Current, ids.CurrentSequence), Is.EqualTo((Id(3), 3L)));
        Assert.That(Retirements(ids), Is.EqualTo((long[])[1]));
        Assert.That(ids.TryRotate(), Is.False, "none to spare");
        Assert.That(ids.Current, Is.EqualTo(Id(3)));
    }

    [Test]
    public void A_repeated_frame_changes_nothing()
    {
        PeerConnectionIds ids = new(Id(0));
        for (int i = 0; i < 100; i++)
        {
            Assert.That(ids.HandleNew(Frame(1)), Is.EqualTo(Fine));
        }

        Assert.That(ids.SpareCount, Is.EqualTo(1));
        Assert.That(ids.HasPendingRetire, Is.False);
        ids.TryRotate();
        Assert.That(ids.HandleNew(Frame(1)), Is.EqualTo(Fine), "also of the one in use");
        Assert.That((ids.SpareCount, ids.Current), Is.EqualTo((0, Id(1))));
    }

    [TestCase(1, 2, 1, Description = "same number and token, other ID")]
    [TestCase(1, 1, 2, Description = "same number and ID, other token")]
    [TestCase(2, 1, 1, Description = "same ID and token, other number")]
    [TestCase(2, 1, 2, Description = "same ID, other number")]
    [TestCase(2, 2, 1, Description = "same token, other number")]
    [TestCase(0, 9, 9, Description = "the number of the handshake's ID")]
    [TestCase(9, 0, 9, Description = "the ID of the handshake under another number")]
    public void A_contradiction_is_a_protocol_violation(int sequence, byte id, byte token)
    {
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(1));
        Assert.That(ids.HandleNew(new(sequence, 0, Id(id), Token(token))), Is.EqualTo(Violation));
    }

    [Test]
    public void A_contradiction_of_the_id_in_use_is_a_protocol_violation()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(1));
        ids.TryRotate();
        Assert.That(ids.HandleNew(new(1, 0, Id(2), Token(1))), Is.EqualTo(Violation));
        Assert.That(ids.HandleNew(new(2, 0, Id(2), Token(1))), Is.EqualTo(Violation));
    }

    [Test]
    public void The_token_of_the_handshake_cannot_be_given_again()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.SetInitialResetToken(Token(7));
        Assert.That(ids.HandleNew(new(1, 0, Id(1), Token(7))), Is.EqualTo(Violation));
    }

    [Test]
    public void More_ids_than_announced_are_a_limit_error([Values(2, 5, 8)] int limit)
    {
        PeerConnectionIds ids = new(Id(0), limit);
        for (byte sequence = 1; sequence < limit; sequence++)
        {
            Assert.That(ids.HandleNew(Frame(sequence)), Is.EqualTo(Fine));
        }

        Assert.That(ids.HandleNew(Frame((byte)limit)), Is.EqualTo(Limit));
    }

    [Test]
    public void Retire_prior_to_switches_and_retires_before_the_limit_counts()
    {
        PeerConnectionIds ids = new(Id(0), activeLimit: 3);
        ids.HandleNew(Frame(1));
        ids.HandleNew(Frame(2));
        Assert.That(ids.HandleNew(Frame(3, retirePriorTo: 2)), Is.EqualTo(Fine));
        Assert.That(ids.Current, Is.EqualTo(Id(2)));
        Assert.That(ids.SpareCount, Is.EqualTo(1));
        Assert.That(Retirements(ids), Is.EquivalentTo((long[])[0, 1]));

        Assert.That(ids.HandleNew(Frame(4, retirePriorTo: 1)), Is.EqualTo(Fine), "a smaller one is ignored");
        Assert.That(ids.HasPendingRetire, Is.False);
    }

    [Test]
    public void A_repeated_frame_still_retires()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(1));
        Assert.That(ids.HandleNew(Frame(1, retirePriorTo: 1)), Is.EqualTo(Fine));
        Assert.That(ids.Current, Is.EqualTo(Id(1)));
        Assert.That(Retirements(ids), Is.EqualTo((long[])[0]));
    }

    [Test]
    public void An_id_below_retire_prior_to_is_given_back_at_once()
    {
        // Section 19.15: however late it comes, and however often.
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(9, retirePriorTo: 9));
        Assert.That(Retirements(ids), Is.EqualTo((long[])[0]));
        for (int i = 0; i < 1000; i++)
        {
            Assert.That(ids.HandleNew(Frame(4)), Is.EqualTo(Fine));
        }

        Assert.That(Retirements(ids), Is.EqualTo((long[])[4]));
        Assert.That((ids.SpareCount, ids.Current), Is.EqualTo((0, Id(9))));
    }

    [Test]
    public void A_late_repetition_of_a_spent_id_is_not_used_again()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(1));
        ids.HandleNew(Frame(2));
        ids.TryRotate();
        ids.TryRotate();
        foreach (long sequence in Retirements(ids))
        {
            ids.OnRetireAcked(sequence);
        }

        Assert.That(ids.HandleNew(Frame(1)), Is.EqualTo(Fine));
        Assert.That(ids.SpareCount, Is.Zero);
        Assert.That(Retirements(ids), Is.EqualTo((long[])[1]));
    }

    [Test]
    public void A_peer_that_withholds_acknowledgements_cannot_grow_the_retirements_by_retire_prior_to()
    {
        PeerConnectionIds ids = new(Id(0), activeLimit: 4);
        TransportErrorCode error = Fine;
        int frames = 0;
        for (; error == Fine && frames < 1000; frames++)
        {
            error = ids.HandleNew(new(frames + 1, frames + 1, Wide(frames), WideToken(frames)));
            Retirements(ids);
            Assert.That(ids.RetiringCount, Is.LessThanOrEqualTo(16));
        }

        Assert.That(error, Is.EqualTo(Limit));
        Assert.That(frames, Is.GreaterThan(8), "RFC 9000, section 5.1.2: at least twice the limit");
    }

    [Test]
    public void A_peer_that_withholds_acknowledgements_cannot_grow_the_retirements_by_late_ids()
    {
        PeerConnectionIds ids = new(Id(0), activeLimit: 4);
        ids.HandleNew(new(1000, 1000, Wide(1000), WideToken(1000)));
        TransportErrorCode error = Fine;
        for (int sequence = 1; error == Fine && sequence < 1000; sequence++)
        {
            error = ids.HandleNew(new(sequence, 0, Wide(sequence), WideToken(sequence)));
            Assert.That(ids.RetiringCount, Is.LessThanOrEqualTo(16));
        }

        Assert.That(error, Is.EqualTo(Limit));
    }

    [Test]
    public void Our_own_rotation_shares_the_cap()
    {
        PeerConnectionIds ids = new(Id(0), activeLimit: 2);
        int rotations = 0;
        for (int sequence = 1; sequence < 100; sequence++)
        {
            Assert.That(ids.HandleNew(new(sequence, 0, Wide(sequence), WideToken(sequence))), Is.EqualTo(Fine));
            if (!ids.TryRotate())
            {
                break;
            }

            rotations++;
        }

        Assert.That(rotations, Is.EqualTo(8));
        Assert.That(ids.RetiringCount, Is.EqualTo(8));
        ids.TryGetPendingRetire(out long first);
        ids.OnRetireAcked(first);
        Assert.That(ids.TryRotate(), Is.True, "an acknowledgement makes room");
    }

    [Test]
    public void A_lost_retirement_is_repeated_until_acknowledged()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(1, retirePriorTo: 1));
        Assert.That(ids.TryGetPendingRetire(out long sequence), Is.True);
        Assert.That(ids.TryGetPendingRetire(out _), Is.False);
        Assert.That(ids.RetiringCount, Is.EqualTo(1));
        ids.OnRetireLost(sequence);
        Assert.That(Retirements(ids), Is.EqualTo((long[])[0]));
        ids.OnRetireAcked(sequence);
        ids.OnRetireLost(sequence);
        Assert.That((ids.HasPendingRetire, ids.RetiringCount), Is.EqualTo((false, 0)));
    }

    [Test]
    public void A_peer_with_ids_of_length_zero_cannot_give_more()
    {
        PeerConnectionIds client = new(Id(0));
        client.SetCurrentFromServer(default);
        Assert.That(client.HandleNew(Frame(1)), Is.EqualTo(Violation));
        Assert.That(new PeerConnectionIds(default).HandleNew(Frame(1)), Is.EqualTo(Violation));
        Assert.That(client.TryRotate(), Is.False);
    }

    [Test]
    public void An_initial_id_without_a_token_is_left_once_for_one_that_has_one()
    {
        PeerConnectionIds ids = new(Id(0));
        Assert.That(ids.LacksToken, Is.True);
        Assert.That(ids.TryLeaveInitial(), Is.False, "none to go to");
        ids.HandleNew(Frame(1));
        ids.HandleNew(Frame(2));
        Assert.That(ids.TryLeaveInitial(), Is.True);
        Assert.That((ids.CurrentSequence, ids.SpareCount, ids.LacksToken), Is.EqualTo((1L, 1, false)));
        Assert.That(ids.IsResetToken(Token(1)), Is.True);
        Assert.That(ids.TryLeaveInitial(), Is.False, "once");
        Assert.That(ids.CurrentSequence, Is.EqualTo(1));
    }

    [Test]
    public void An_initial_id_that_was_left_is_retired_when_it_is_released()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(1));
        ids.TryLeaveInitial();
        Assert.That((ids.HasPendingRetire, ids.RetiringCount), Is.EqualTo((false, 1)), "it has its place in the bound");
        Assert.That(ids.HandleNew(Frame(0)), Is.EqualTo(Fine));
        ids.OnRetireAcked(7);
        Assert.That(Retirements(ids), Is.Empty);
        ids.ReleaseInitial();
        Assert.That(Retirements(ids), Is.EqualTo((long[])[0]));
        ids.ReleaseInitial();
        Assert.That(ids.HasPendingRetire, Is.False, "sent once");
        ids.OnRetireLost(0);
        Assert.That(Retirements(ids), Is.EqualTo((long[])[0]), "and again if it was lost");
        ids.OnRetireAcked(0);
        Assert.That(ids.RetiringCount, Is.Zero);
    }

    [Test]
    public void The_initial_id_is_left_for_the_next_one_and_not_for_a_later_one()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(2));
        Assert.That(ids.TryLeaveInitial(), Is.False);
        ids.HandleNew(Frame(1));
        Assert.That(ids.TryLeaveInitial(), Is.True);
        Assert.That(ids.CurrentSequence, Is.EqualTo(1));
    }

    [Test]
    public void An_initial_id_is_kept_if_it_has_a_token_or_no_bytes()
    {
        PeerConnectionIds server = new(Id(0));
        server.SetInitialResetToken(Token(7));
        server.HandleNew(Frame(1));
        Assert.That((server.LacksToken, server.TryLeaveInitial()), Is.EqualTo((false, false)));
        Assert.That(server.CurrentSequence, Is.Zero);

        PeerConnectionIds empty = new(default);
        empty.HandleNew(Frame(1));
        Assert.That((empty.TryLeaveInitial(), empty.RetiringCount), Is.EqualTo((false, 0)));
    }

    [Test]
    public void The_initial_id_is_not_left_again_after_a_rotation()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(1));
        ids.HandleNew(Frame(2));
        ids.TryRotate();
        Assert.That(ids.TryLeaveInitial(), Is.False);
        Assert.That((ids.CurrentSequence, Retirements(ids)), Is.EqualTo((1L, (long[])[0])));
    }

    [Test]
    public void The_servers_choice_replaces_the_random_id()
    {
        PeerConnectionIds ids = new(Id(50));
        ids.SetCurrentFromServer(Id(60));
        ids.SetCurrentFromServer(Id(0));
        Assert.That((ids.Current, ids.CurrentSequence, ids.HasPendingRetire), Is.EqualTo((Id(0), 0L, false)));
    }

    [Test]
    public void Only_the_token_of_the_id_in_use_resets()
    {
        PeerConnectionIds ids = new(Id(0));
        Assert.That(ids.IsResetToken(default), Is.False, "no token is not the all-zero token");
        ids.SetInitialResetToken(Token(7));
        Assert.That(ids.IsResetToken(Token(7)), Is.True);
        for (int bit = 0; bit < 128; bit++)
        {
            byte[] bytes = [.. Enumerable.Repeat((byte)7, 16)];
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(ids.IsResetToken(new StatelessResetToken(bytes)), Is.False, $"bit {bit} off");
        }

        ids.HandleNew(Frame(1));
        Assert.That(ids.IsResetToken(Token(1)), Is.False, "section 10.3.1: not of an ID that was not used");
        ids.TryRotate();
        Assert.That(ids.IsResetToken(Token(1)), Is.True);
        Assert.That(ids.IsResetToken(Token(7)), Is.False, "section 10.3.1: not of a retired ID");
    }

    [Test]
    public void The_all_zero_token_never_resets()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.SetInitialResetToken(default);
        Assert.That(ids.IsResetToken(default), Is.False);
    }

    [Test]
    public void The_token_of_the_parameters_belongs_to_the_first_id_only()
    {
        PeerConnectionIds ids = new(Id(0));
        ids.HandleNew(Frame(1, retirePriorTo: 1));
        ids.SetInitialResetToken(Token(7));
        Assert.That(ids.IsResetToken(Token(7)), Is.False);
        Assert.That(ids.IsResetToken(Token(1)), Is.True);
    }

    [Test]
    public void Random_frames_keep_every_bound()
    {
        const int seed = 19;
        Random random = new(seed);
        for (int run = 0; run < 300; run++)
        {
            PeerConnectionIds ids = new(Id(0));
            for (int step = 0; step < 200; step++)
            {
                int sequence = random.Next(40);
                TransportErrorCode error = ids.HandleNew(Frame((byte)sequence, random.Next(sequence + 1)));
                Assert.That(ids.SpareCount, Is.LessThanOrEqualTo(ids.ActiveLimit), $"seed {seed}, run {run}, step {step}");
                Assert.That(ids.RetiringCount, Is.LessThanOrEqualTo(4 * ids.ActiveLimit));
                if (error != Fine)
                {
                    break;
                }

                Assert.That(1 + ids.SpareCount, Is.LessThanOrEqualTo(ids.ActiveLimit));
                switch (random.Next(6))
                {
                    case 0 or 1:
                        ids.TryRotate();
                        break;
                    case 2:
                        ids.TryLeaveInitial();
                        break;
                    case 3:
                        ids.ReleaseInitial();
                        break;
                }

                while (random.Next(2) == 0 && ids.TryGetPendingRetire(out long retired))
                {
                    Assert.That(retired, Is.Not.EqualTo(ids.CurrentSequence), "what is in use is not retired");
                    ids.OnRetireAcked(retired);
                }
            }
        }
    }

    private static NewConnectionIdFrame Frame(byte sequence, long retirePriorTo = 0) => new(sequence, retirePriorTo, Id(sequence), Token(sequence));

    private static long[] Retirements(PeerConnectionIds ids)
    {
        List<long> sequences = [];
        while (ids.TryGetPendingRetire(out long sequence))
        {
            sequences.Add(sequence);
        }

        return [.. sequences];
    }

    private static ConnectionId Id(byte value) => new([0xd0, value]);

    private static StatelessResetToken Token(byte value) => new([.. Enumerable.Repeat(value, 16)]);

    private static ConnectionId Wide(int value) => new([0xd1, (byte)(value >> 8), (byte)value]);

    private static StatelessResetToken WideToken(int value) => new([.. Enumerable.Repeat((byte)(value >> 8), 8), .. Enumerable.Repeat((byte)value, 8)]);
}
