using System.Reflection;
using Connet.Quic.Core;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Wire;
using static Connet.Quic.Tests.Hostile.FrameBytes;

namespace Connet.Quic.Tests.Hostile;

/// <summary>Key updates, key limits, acknowledgements of nothing, stateless resets and closing, from a peer that means ill.</summary>
public sealed class KeyAndCloseTests
{
    private HostileBench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new HostileBench();

    [TearDown]
    public void The_other_connection_is_unharmed() => _bench.AssertUnharmed();

    [Test]
    public void One_key_update_is_followed()
    {
        HostilePeer peer = Connect();
        peer.UpdateKeys();
        peer.AssertAlive();
        Assert.That(peer.Target.Statistics.KeyUpdates, Is.EqualTo(1));
    }

    // RFC 9001, section 6.2.
    [Test]
    public void A_second_key_update_before_we_could_answer_the_first_is_an_error()
    {
        HostilePeer peer = Connect();
        peer.UpdateKeys();
        peer.SendRaw(peer.Seal(EncryptionLevel.Application, Ping));
        peer.UpdateKeys();
        peer.SendRaw(peer.Seal(EncryptionLevel.Application, Ping));
        Assert.That((TransportErrorCode?)peer.Target.CloseReason?.ErrorCode, Is.EqualTo(TransportErrorCode.KeyUpdateError));
    }

    [Test]
    public void A_flipped_key_phase_is_an_unreadable_packet()
    {
        HostilePeer peer = Connect();
        for (int bit = 0; bit < 8; bit++)
        {
            byte[] packet = peer.Seal(EncryptionLevel.Application, Ping);
            packet[0] ^= (byte)(1 << bit);
            peer.SendRaw(packet);
        }

        Assert.That(peer.Target.Statistics.KeyUpdates, Is.Zero);
        peer.AssertAlive();
    }

    /// <summary>A peer that never shows the new keys keeps us from another update; the key must not be used past its limit (RFC 9001, section 6.6).</summary>
    [Test]
    public void A_key_that_is_used_up_ends_the_connection_and_throws_nothing([Values(0, 1, 5, 40)] int left)
    {
        HostilePeer peer = Connect();
        OneRttKeys keys = KeysOf(peer.Target);
        PacketKey write = keys.Write;

        // As if the peer had answered no update.
        typeof(OneRttKeys).GetField("_handshakeConfirmed", BindingFlags.NonPublic | BindingFlags.Instance)!.SetValue(keys, false);
        write.PresetCounters(write.ConfidentialityLimit - left, 0);
        for (int i = 0; i < 200; i++)
        {
            peer.Send(EncryptionLevel.Application, Ping);
            peer.Drain();
        }

        Assert.That((TransportErrorCode?)peer.Target.CloseReason?.ErrorCode, Is.EqualTo(TransportErrorCode.AeadLimitReached));
        Assert.That(write.SealedPackets, Is.LessThanOrEqualTo(write.ConfidentialityLimit));
    }

    [Test]
    public void Too_many_forgeries_end_the_connection()
    {
        HostilePeer peer = Connect();
        OneRttKeys keys = KeysOf(peer.Target);
        keys.PresetFailedOpens((1L << 52) - 2);
        byte[] packet = peer.Seal(EncryptionLevel.Application, Join(Ping, new byte[50]));
        packet[^1] ^= 1;
        peer.SendRaw(packet);
        Assert.That(peer.Target.CloseReason, Is.Null);
        peer.SendRaw(packet);
        peer.AssertClosedWith(TransportErrorCode.AeadLimitReached);
    }

    // RFC 9000, section 21.4.
    [Test]
    public void Acknowledging_a_number_that_was_left_out_is_a_protocol_violation()
    {
        HostilePeer peer = Connect();
        peer.Target.Streams.TryOpen(unidirectional: false, out StreamId id);
        AckTracker acks = peer.Acks[(int)EncryptionLevel.Application];
        for (int i = 0; i < 2000 && acks.RangesLargestFirst.Length == 1; i++)
        {
            peer.Target.Streams.Write(id, new byte[1000], peer.Target.SendRoom, out _);
            _bench.Pair.Pump();
            peer.Progress();
        }

        Assert.That(acks.RangesLargestFirst.Length, Is.GreaterThan(1), "no number was left out");
        peer.AssertAlive();
        peer.Send(EncryptionLevel.Application, Ack(acks.LargestReceived, acks.LargestReceived));
        peer.AssertClosedWith(TransportErrorCode.ProtocolViolation);
    }

    // RFC 9000, section 19.16: only the ID of the very packet may not be retired.
    [Test]
    public void The_first_ID_can_be_retired_from_a_packet_to_another()
    {
        HostilePeer peer = Connect();
        Assert.That(peer.Log.NewIds, Is.Not.Empty);
        peer.RemoteId = peer.Log.NewIds[0].ConnectionId;
        int given = peer.Log.NewIds.Count;
        peer.Send(EncryptionLevel.Application, Of(0x19, 0));
        peer.AssertAlive();
        Assert.That(peer.Log.NewIds, Has.Count.EqualTo(given + 1), "a retired ID is replaced");
        peer.Send(EncryptionLevel.Application, Of(0x19, peer.Log.NewIds[0].Sequence));
        peer.AssertClosedWith(TransportErrorCode.ProtocolViolation);
    }

    [TestCase("valid", true)]
    [TestCase("one bit off", false)]
    [TestCase("all zero", false)]
    [TestCase("a spare ID's", false)]
    [TestCase("too short", false)]
    public void Only_the_token_of_the_ID_in_use_resets(string kind, bool resets)
    {
        HostilePeer peer = _bench.Server(new HostileOptions
        {
            Change = p => p.StatelessResetToken = new StatelessResetToken(kind == "all zero" ? new byte[16] : Token(0)),
        }).Reach(EncryptionLevel.Application);
        peer.Send(EncryptionLevel.Application, NewConnectionId(1, 0, HostilePeer.NewId(1).ToArray()));
        byte[] token = kind switch { "all zero" => new byte[16], "a spare ID's" => Token(1), _ => Token(0) };
        token[3] ^= kind == "one bit off" ? (byte)1 : (byte)0;
        foreach (ConnectionId id in new[] { peer.RemoteId, HostileServer.Id(1234) })
        {
            // To an ID that is known, and to one that is not: the second is found by the address it comes from.
            byte[] header = [0x41, .. id.ToArray()];
            byte[] reset = [.. header, .. new byte[kind == "too short" ? 0 : 20], .. token];
            peer.SendRaw(kind == "too short" ? reset[^20..] : reset);
        }

        Assert.That(peer.Target.CloseReason?.Kind, Is.EqualTo(resets ? ConnectionCloseKind.StatelessReset : (ConnectionCloseKind?)null));
    }

    // RFC 9000, section 10.3.3.
    [Test]
    public void Two_endpoints_that_reset_each_other_stop()
    {
        HostileServer one = new();
        HostileServer other = new();
        byte[]? datagram = [0x41, .. new byte[1000]];
        int answers = 0;
        for (; datagram is not null && answers < 100; answers++)
        {
            HostileServer receiver = (answers & 1) == 0 ? one : other;
            receiver.Now += TimeSpan.FromSeconds(1);
            receiver.Sent.Clear();
            receiver.Receive(receiver == one ? other.Host.Address : one.Host.Address, datagram);
            byte[]? reply = receiver.Sent.Values.SingleOrDefault()?.Single();
            Assert.That(reply?.Length ?? 0, Is.LessThan(datagram.Length));
            datagram = reply;
        }

        Assert.That(answers, Is.LessThan(25));
    }

    [Test]
    public void Stateless_resets_are_limited_in_rate()
    {
        HostileServer server = new();
        NetworkAddress from = NetworkAddress.FromIPv4(0x0a000077, 1);
        for (int i = 0; i < 5000; i++)
        {
            server.Now += TimeSpan.FromMilliseconds(1);
            server.Receive(from, [0x41, .. BitConverter.GetBytes((long)i), .. new byte[80]]);
        }

        Assert.That(server.Sent[from], Has.Count.InRange(100, ResetLimiter.Burst + (5000 / 20)));
    }

    [Test]
    public void A_storm_after_the_close_is_answered_ever_more_rarely([Values] bool established)
    {
        HostilePeer peer = established ? Connect() : _bench.Client();
        EncryptionLevel level = established ? EncryptionLevel.Application : EncryptionLevel.Initial;
        peer.Send(level, Of(0x21));
        peer.AssertClosedWith(TransportErrorCode.FrameEncodingError);
        int before = peer.DatagramsReceived;
        for (int i = 0; i < 1000; i++)
        {
            peer.Send(level, ConnectionClose(0));
        }

        peer.Drain();
        Assert.That(peer.DatagramsReceived - before, Is.LessThanOrEqualTo(12));
    }

    [Test]
    public void A_long_reason_is_cut()
    {
        HostilePeer peer = Connect();
        peer.Send(EncryptionLevel.Application, ConnectionClose(5, 60_000));
        Assert.That(peer.Target.State, Is.EqualTo(ConnectionState.Draining));
        Assert.That(peer.Target.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.PeerTransport));
        Assert.That(peer.Target.CloseReason!.Reason, Has.Length.LessThanOrEqualTo(256));
        int before = peer.DatagramsReceived;
        for (int i = 0; i < 100; i++)
        {
            peer.Send(EncryptionLevel.Application, Ping);
        }

        peer.Drain();
        Assert.That(peer.DatagramsReceived, Is.EqualTo(before), "a draining connection is silent");
    }

    private HostilePeer Connect() => _bench.Client().Reach(EncryptionLevel.Application);

    private static OneRttKeys KeysOf(Connection connection) =>
        (OneRttKeys)typeof(Connection).GetField("_oneRtt", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(connection)!;
}
