using Connet.Quic.Core.Crypto;

namespace Connet.Quic.Tests.Crypto;

/// <summary>Key updates: RFC 9001, section 6.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OneRttKeysTests : IDisposable
{
    private readonly OneRttPair _pair = new();

    private static CipherSuite[] Suites => CryptoProviders.Suites;

    public void Dispose() => _pair.Dispose();

    [TestCaseSource(nameof(Suites))]
    public void Ten_updates_in_turn_keep_both_sides_in_step(object suite)
    {
        using OneRttPair pair = new((CipherSuite)suite);
        pair.ConfirmHandshake();
        for (int i = 0; i < 10; i++)
        {
            pair.Exchange(i * 10);
            OneRttKeys initiator = i % 2 == 0 ? pair.Client : pair.Server;
            Assert.That(initiator.CanUpdate, Is.True);
            initiator.InitiateUpdate(pair.Now, OneRttPair.ProbeTimeout);
            OneRttKeys other = i % 2 == 0 ? pair.Server : pair.Client;
            Assert.That(pair.Open(other, (i * 10) + 1, OneRttPair.Seal(initiator, (i * 10) + 1)), Is.EqualTo(OpenResult.OpenedAfterUpdate));
            Assert.That(pair.Open(initiator, (i * 10) + 1, OneRttPair.Seal(other, (i * 10) + 1)), Is.EqualTo(OpenResult.Opened));
            pair.DiscardPrevious();
        }

        Assert.That((pair.Client.UpdateCount, pair.Server.UpdateCount), Is.EqualTo((10, 10)));
        Assert.That(pair.Client.KeyPhase, Is.False);
    }

    [Test]
    public void An_update_needs_a_confirmed_handshake_and_an_acknowledged_packet_of_the_phase()
    {
        // RFC 9001, section 6.1.
        Assert.That(_pair.Client.CanUpdate, Is.False);
        _pair.Exchange(1);
        Assert.That(_pair.Client.CanUpdate, Is.False, "not confirmed");
        Assert.That(() => _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout), Throws.InvalidOperationException);
        _pair.ConfirmHandshake();
        Assert.That(_pair.Client.CanUpdate, Is.True);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        Assert.That(_pair.Client.CanUpdate, Is.False, "nothing of the new phase acknowledged");
        _pair.Open(_pair.Server, 2, OneRttPair.Seal(_pair.Client, 2));
        _pair.Open(_pair.Client, 2, OneRttPair.Seal(_pair.Server, 2));
        _pair.DiscardPrevious();
        _pair.Client.OnPacketAcknowledged(1);
        Assert.That(_pair.Client.CanUpdate, Is.False, "packet 1 was sent in the phase before");
        _pair.Client.OnPacketAcknowledged(2);
        Assert.That(_pair.Client.CanUpdate, Is.True);
    }

    [Test]
    public void The_peers_update_moves_the_write_keys_too()
    {
        // RFC 9001, section 6.2.
        _pair.ConfirmHandshake();
        _pair.Exchange(1);
        PacketKey before = _pair.Server.Write;
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        Assert.That(_pair.Open(_pair.Server, 2, OneRttPair.Seal(_pair.Client, 2)), Is.EqualTo(OpenResult.OpenedAfterUpdate));
        Assert.That(_pair.Server.KeyPhase, Is.True);
        Assert.That(_pair.Server.Write, Is.Not.SameAs(before));
        Assert.That(_pair.Open(_pair.Server, 3, OneRttPair.Seal(_pair.Client, 3)), Is.EqualTo(OpenResult.Opened));
    }

    [Test]
    public void Simultaneous_updates_meet_in_one_generation()
    {
        _pair.ConfirmHandshake();
        _pair.Exchange(1);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        _pair.Server.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        _pair.Exchange(2);
        Assert.That((_pair.Client.UpdateCount, _pair.Server.UpdateCount), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Late_packets_of_the_previous_phase_open_for_three_probe_timeouts()
    {
        // RFC 9001, section 6.5.
        _pair.ConfirmHandshake();
        _pair.Exchange(1);
        byte[] late = OneRttPair.Seal(_pair.Client, 2);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        _pair.Open(_pair.Server, 3, OneRttPair.Seal(_pair.Client, 3));
        Assert.That(_pair.Server.DiscardDeadline, Is.EqualTo(_pair.Now + (OneRttPair.ProbeTimeout * 3)));
        Assert.That(_pair.Open(_pair.Server, 2, late), Is.EqualTo(OpenResult.Opened));
        Assert.That(_pair.Server.CanUpdate, Is.False);
        _pair.DiscardPrevious();
        Assert.That(_pair.Open(_pair.Server, 2, late), Is.EqualTo(OpenResult.Failed));
        Assert.That(_pair.Server.DiscardDeadline.IsNever, Is.True);
    }

    [Test]
    public void The_initiator_keeps_old_read_keys_until_the_peer_has_answered()
    {
        // RFC 9001, section 6.1.
        _pair.ConfirmHandshake();
        _pair.Exchange(1);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        _pair.Now += TimeSpan.FromHours(1);
        _pair.Client.HandleTimeout(_pair.Now);
        Assert.That(_pair.Client.DiscardDeadline.IsNever, Is.True);
        Assert.That(_pair.Open(_pair.Client, 2, OneRttPair.Seal(_pair.Server, 2)), Is.EqualTo(OpenResult.Opened), "the old phase");
        _pair.Open(_pair.Server, 2, OneRttPair.Seal(_pair.Client, 2));
        Assert.That(_pair.Open(_pair.Client, 3, OneRttPair.Seal(_pair.Server, 3)), Is.EqualTo(OpenResult.Opened), "the new one");
        Assert.That(_pair.Client.DiscardDeadline, Is.EqualTo(_pair.Now + (OneRttPair.ProbeTimeout * 3)));
    }

    [Test]
    public void New_keys_on_a_lower_number_than_old_keys_had_are_an_error()
    {
        // RFC 9001, section 6.4.
        _pair.ConfirmHandshake();
        _pair.Exchange(10);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        Assert.That(_pair.Open(_pair.Server, 9, OneRttPair.Seal(_pair.Client, 9)), Is.EqualTo(OpenResult.KeyUpdateError));
    }

    [Test]
    public void New_keys_on_a_number_between_two_with_old_keys_are_an_error()
    {
        _pair.ConfirmHandshake();
        _pair.Exchange(5);
        _pair.Exchange(10);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        Assert.That(_pair.Open(_pair.Server, 7, OneRttPair.Seal(_pair.Client, 7)), Is.EqualTo(OpenResult.KeyUpdateError));
    }

    [Test]
    public void Old_keys_on_a_higher_number_than_new_keys_had_do_not_open()
    {
        _pair.ConfirmHandshake();
        _pair.Exchange(1);
        byte[] wrong = OneRttPair.Seal(_pair.Client, 9);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        _pair.Open(_pair.Server, 2, OneRttPair.Seal(_pair.Client, 2));
        Assert.That(_pair.Open(_pair.Server, 9, wrong), Is.EqualTo(OpenResult.Failed));
    }

    [Test]
    public void A_second_update_before_anything_was_sent_in_the_first_is_an_error()
    {
        // RFC 9001, section 6.2: the peer cannot have the acknowledgement that would allow it.
        _pair.ConfirmHandshake();
        _pair.Exchange(1);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        Assert.That(_pair.Open(_pair.Server, 2, OneRttPair.Seal(_pair.Client, 2)), Is.EqualTo(OpenResult.OpenedAfterUpdate));

        // A client that breaks the rule: it pretends to have heard of the new phase.
        using OneRttPair impatient = new();
        impatient.ConfirmHandshake();
        impatient.Exchange(1);
        impatient.Client.InitiateUpdate(impatient.Now, OneRttPair.ProbeTimeout);
        impatient.Exchange(2);
        impatient.DiscardPrevious();
        impatient.Client.InitiateUpdate(impatient.Now, OneRttPair.ProbeTimeout);
        Assert.That(_pair.Open(_pair.Server, 3, OneRttPair.Seal(impatient.Client, 3)), Is.EqualTo(OpenResult.KeyUpdateError));
    }

    [Test]
    public void The_peer_may_update_again_before_three_probe_timeouts()
    {
        _pair.ConfirmHandshake();
        _pair.Exchange(1);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        _pair.Exchange(2);
        Assert.That(_pair.Server.CanUpdate, Is.False);

        // Only the client's clock has moved: the server still holds previous keys when the next update comes.
        _pair.Client.HandleTimeout(_pair.Client.DiscardDeadline);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        Assert.That(_pair.Open(_pair.Server, 3, OneRttPair.Seal(_pair.Client, 3)), Is.EqualTo(OpenResult.OpenedAfterUpdate));
        Assert.That(_pair.Server.UpdateCount, Is.EqualTo(2));
    }

    [Test]
    public void A_flipped_phase_bit_changes_nothing()
    {
        _pair.ConfirmHandshake();
        _pair.Exchange(1);
        byte[] packet = OneRttPair.Seal(_pair.Client, 2);
        byte[] flipped = [.. packet];
        flipped[0] ^= 0x04;
        Assert.That(_pair.Open(_pair.Server, 2, flipped), Is.EqualTo(OpenResult.Failed));
        Assert.That((_pair.Server.UpdateCount, _pair.Server.FailedOpens), Is.EqualTo((0, 1L)));
        Assert.That(_pair.Open(_pair.Server, 2, packet), Is.EqualTo(OpenResult.Opened));
    }

    [Test]
    public void An_update_before_the_first_packet_of_the_connection_is_an_error()
    {
        _pair.ConfirmHandshake();
        _pair.Exchange(1);
        _pair.Client.InitiateUpdate(_pair.Now, OneRttPair.ProbeTimeout);
        using OneRttPair fresh = new();
        Assert.That(fresh.Open(fresh.Server, 2, OneRttPair.Seal(_pair.Client, 2)), Is.EqualTo(OpenResult.KeyUpdateError));
    }

    [Test]
    public void An_update_is_wanted_at_half_the_confidentiality_limit_and_sealing_ends_at_all_of_it()
    {
        // RFC 9001, section 6.6: 2^23 packets for AES-GCM.
        PacketKey write = _pair.Client.Write;
        Assert.That(write.ConfidentialityLimit, Is.EqualTo(1L << 23));
        write.PresetCounters((1L << 22) - 1, 0);
        Assert.That(_pair.Client.ShouldUpdate, Is.False);
        OneRttPair.Seal(_pair.Client, 1);
        Assert.That(_pair.Client.ShouldUpdate, Is.True);
        write.PresetCounters((1L << 23) - 1, 0);
        Assert.That(_pair.Client.IsExhausted, Is.False);
        OneRttPair.Seal(_pair.Client, 2);
        Assert.That(_pair.Client.IsExhausted, Is.True);
        Assert.That(() => OneRttPair.Seal(_pair.Client, 3), Throws.InvalidOperationException);
    }

    [TestCase(CipherSuite.Aes128GcmSha256, 52)]
    [TestCase(CipherSuite.Aes256GcmSha384, 52)]
    [TestCase(CipherSuite.ChaCha20Poly1305Sha256, 36)]
    public void Forgeries_are_counted_over_all_keys_up_to_the_integrity_limit(object suite, int bits)
    {
        // RFC 9001, section 6.6.
        using OneRttPair pair = new((CipherSuite)suite);
        pair.ConfirmHandshake();
        pair.Exchange(1);
        byte[] forged = new byte[64];
        pair.Server.PresetFailedOpens((1L << bits) - 3);
        Assert.That(pair.Open(pair.Server, 5, forged), Is.EqualTo(OpenResult.Failed));
        pair.Client.InitiateUpdate(pair.Now, OneRttPair.ProbeTimeout);
        pair.Open(pair.Server, 2, OneRttPair.Seal(pair.Client, 2));
        Assert.That(pair.Open(pair.Server, 5, forged), Is.EqualTo(OpenResult.Failed));
        Assert.That(pair.Open(pair.Server, 5, forged), Is.EqualTo(OpenResult.IntegrityLimitReached));
    }
}
