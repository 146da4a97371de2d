using Connet.Quic.Core;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Tests.Simulation;
using static Connet.Quic.Tests.Hostile.FrameBytes;

namespace Connet.Quic.Tests.Hostile;

/// <summary>What one who sees the first Initial can forge: Version Negotiation, Retry and Initial packets.</summary>
public sealed class ForgeryTests
{
    private QuicPair _pair = null!;
    private ConnectionId _clientId;
    private ConnectionId _originalId;

    // RFC 9000, sections 6.2 and 17.2.1.
    [Test]
    public void Version_negotiation_counts_only_if_it_echoes_our_IDs_and_lacks_our_version()
    {
        Begin();
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, VersionNegotiation(_clientId, _originalId, 0x1a2a3a4a, 1), static _ => { });
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, VersionNegotiation(_clientId, HostileServer.Id(4), 0x1a2a3a4a), static _ => { });
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, [.. VersionNegotiation(_clientId, _originalId, 0x1a2a3a4a), 0], static _ => { });
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, VersionNegotiation(_clientId, _originalId), static _ => { });
        Assert.That(_pair.ClientConnection.CloseReason, Is.Null);
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, VersionNegotiation(_clientId, _originalId, 0x1a2a3a4a), static _ => { });
        Assert.That(_pair.ClientConnection.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.VersionMismatch));
        AssertANewConnectionWorks();
    }

    [Test]
    public void Version_negotiation_is_ignored_once_anything_was_processed()
    {
        Begin();
        _pair.RunUntil(() => _pair.ClientConnection.Statistics.PacketsReceived > 0, TimeSpan.FromSeconds(1));
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, VersionNegotiation(_clientId, _originalId, 0x1a2a3a4a), static _ => { });
        AssertTheHandshakeGoesOn();
        _pair.Server.Receive(_pair.Now, _pair.Client.Address, VersionNegotiation(_originalId, _clientId, 0x1a2a3a4a), static _ => { });
        Assert.That(_pair.ServerConnection.CloseReason, Is.Null);
    }

    // RFC 9000, section 17.2.5.2.
    [TestCase("bad tag")]
    [TestCase("no token")]
    [TestCase("same ID")]
    [TestCase("huge token")]
    [TestCase("long token")]
    [TestCase("late")]
    public void A_Retry_that_breaks_a_rule_is_ignored(string how)
    {
        Begin();
        if (how == "late")
        {
            _pair.RunUntil(() => _pair.ClientConnection.Statistics.PacketsReceived > 0, TimeSpan.FromSeconds(1));
        }

        int token = how switch { "no token" => 0, "huge token" => 30_000, "long token" => 1160, _ => 40 };
        byte[] retry = Retry(how == "same ID" ? _originalId : HostileServer.Id(9), new byte[token]);
        retry[^1] ^= how == "bad tag" ? (byte)1 : (byte)0;
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, retry, static _ => { });
        AssertTheHandshakeGoesOn();
    }

    [Test]
    public void Of_two_Retries_the_first_counts()
    {
        Begin();
        ConnectionId? destination = null;
        _pair.ToServer.Filter = datagram =>
        {
            destination = PacketHeader.TryParse(datagram, 8, out PacketHeader header) ? header.DestinationId : destination;
            return false;
        };
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, Retry(HostileServer.Id(9), [1]), static _ => { });
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, Retry(HostileServer.Id(10), [2]), static _ => { });
        _pair.Pump();
        Assert.That(destination, Is.EqualTo(HostileServer.Id(9)));
        _pair.ToServer.Filter = null;
        AssertANewConnectionWorks();
    }

    [TestCaseSource(nameof(Payloads))]
    public void A_forged_Initial_ends_at_worst_that_handshake(byte[] payload)
    {
        Begin();
        byte[] toClient = ServerInitial(payload);
        byte[] toServer = HostileServer.Initial(_originalId, payload, source: _clientId);
        for (int i = 0; i < 10; i++)
        {
            _pair.Client.Receive(_pair.Now, _pair.Server.Address, [.. toClient], static _ => { });
            _pair.Server.Receive(_pair.Now, _pair.Client.Address, [.. toServer], static _ => { });
            _pair.Pump();
        }

        AssertANewConnectionWorks();
    }

    // RFC 9001, section 4.9.1: the Initial keys are gone by then.
    [TestCaseSource(nameof(Payloads))]
    public void A_forged_Initial_changes_nothing_after_the_handshake(byte[] payload)
    {
        Begin();
        AssertTheHandshakeGoesOn();
        byte[] toClient = ServerInitial(payload);
        byte[] toServer = HostileServer.Initial(_originalId, payload, source: _clientId);
        _pair.Client.Receive(_pair.Now, _pair.Server.Address, toClient, static _ => { });
        _pair.Server.Receive(_pair.Now, _pair.Client.Address, toServer, static _ => { });
        _pair.Pump();
        _pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.That(_pair.ClientConnection.CloseReason, Is.Null);
        Assert.That(_pair.Server.History[0].CloseReason, Is.Null);
    }

    /// <summary>The source ID of an Initial is not to be believed before the packet is: the real one follows.</summary>
    [Test]
    public void A_forged_first_Initial_does_not_choose_the_clients_ID()
    {
        _pair = new QuicPair(new PairOptions());
        bool first = true;
        _pair.ToServer.Filter = datagram =>
        {
            if (first)
            {
                first = false;
                byte[] forged = [.. datagram];
                forged[6 + 8 + 1] ^= 1;
                _pair.ToServer.Inject(_pair.Now, forged);
            }

            return true;
        };
        _pair.Connect();
    }

    private static IEnumerable<TestCaseData> Payloads()
    {
        return
        [
            new TestCaseData(ConnectionClose(1)).SetArgDisplayNames("CONNECTION_CLOSE"),
            new TestCaseData(Ack(0)).SetArgDisplayNames("ACK"),
            new TestCaseData(Ack(1000)).SetArgDisplayNames("ACK of a packet never sent"),
            new TestCaseData(CryptoData(0, new byte[100])).SetArgDisplayNames("CRYPTO"),
            new TestCaseData(CryptoData(1000, new byte[100])).SetArgDisplayNames("CRYPTO ahead"),
            new TestCaseData(Of(0x21)).SetArgDisplayNames("an unknown frame"),
            new TestCaseData(Ping).SetArgDisplayNames("PING"),
        ];
    }

    private static byte[] VersionNegotiation(ConnectionId destination, ConnectionId source, params uint[] versions)
    {
        byte[] list = [.. versions.SelectMany(static version => BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(version)))];
        return [0xd5, 0, 0, 0, 0, (byte)destination.Length, .. destination.ToArray(), (byte)source.Length, .. source.ToArray(), .. list];
    }

    private void Begin()
    {
        _pair = new QuicPair(new PairOptions());
        byte[]? first = null;
        _pair.ToServer.Filter = datagram =>
        {
            first ??= datagram;
            return true;
        };
        _pair.BeginConnect();
        Assert.That(PacketHeader.TryParse(first, 8, out PacketHeader header), Is.True);
        _originalId = header.DestinationId;
        _clientId = header.SourceId;
        _pair.ToServer.Filter = null;
    }

    private byte[] Retry(ConnectionId source, byte[] token)
    {
        byte[] buffer = new byte[token.Length + 100];
        int length = PacketHeaderWriter.WriteRetry(buffer, _clientId, source, token, 0);
        RetryIntegrityTag.Compute(_originalId, buffer.AsSpan(0, length), buffer.AsSpan(length, RetryIntegrityTag.Length));
        return buffer[..(length + RetryIntegrityTag.Length)];
    }

    private byte[] ServerInitial(byte[] payload)
    {
        const int NumberLength = 2;
        byte[] packet = new byte[1200];
        int headerLength = PacketHeaderWriter.WriteLong(
            packet, PacketType.Initial, _clientId, HostileServer.Id(123), default, NumberLength, out int lengthOffset);
        payload.CopyTo(packet, headerLength + NumberLength);
        VarInt.WriteTwoBytes(packet.AsSpan(lengthOffset), packet.Length - headerLength);
        using LevelKeys keys = InitialSecrets.Derive(CryptoProvider.Default, _originalId, isServer: true);
        keys.Write.Seal(0, packet, headerLength + NumberLength);
        keys.WriteHeader.Protect(packet, headerLength, NumberLength);
        return packet;
    }

    private void AssertTheHandshakeGoesOn()
    {
        bool confirmed = _pair.RunUntil(() => _pair.ClientConnection.Handshake.IsConfirmed, TimeSpan.FromSeconds(30));
        Assert.That(confirmed, Is.True, () => QuicPair.Describe(_pair.ClientConnection));
    }

    private void AssertANewConnectionWorks()
    {
        _pair.RunFor(TimeSpan.FromSeconds(1));
        _pair.Connect();
    }
}
