using Connet.Quic.Core;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Tls;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;
using Connet.Quic.Tests.Simulation;

namespace Connet.Quic.Tests.Hostile;

/// <summary>
/// A peer driven by hand: it does a real TLS handshake with a connection of ours, but puts together its packets and frames
/// as a test wishes. It shares the host of a <see cref="QuicPair"/> with the pair's own connection, which must not suffer.
/// </summary>
internal sealed partial class HostilePeer
{
    /// <summary>Every ID of a hostile peer begins like this, so that its packets are told from the pair's.</summary>
    public static readonly byte[] IdPrefix = [0xee, 0xbe, 0xee, 0xbe];

    private readonly QuicPair _pair;
    private readonly SimulatedHost _host;
    private readonly bool _isClient;
    private readonly HostileOptions _options;
    private readonly IRandomSource _random;
    private readonly Queue<byte[]> _inbox = new();
    private readonly CryptoReceiveBuffer[] _cryptoIn = [new(1 << 20), new(1 << 20), new(1 << 20)];
    private readonly List<byte>[] _cryptoOut = [[], [], []];
    private readonly int[] _cryptoSent = new int[3];
    private readonly long[] _next = new long[3];
    private readonly LevelKeys?[] _keys = new LevelKeys?[2];
    private BouncyCastleTlsSession? _tls;
    private Connection? _target;

    public HostilePeer(QuicPair pair, bool isClient, HostileOptions? options = null)
    {
        _pair = pair;
        _isClient = isClient;
        _host = isClient ? pair.Server : pair.Client;
        _options = options ?? new HostileOptions();
        _random = new Crypto.TestRandom(77);
        LocalId = NewId(0);
        OriginalId = isClient ? new ConnectionId([0xde, 0xad, 0xde, 0xad, 1, 2, 3, (byte)_host.History.Count]) : default;
        RemoteId = OriginalId;
        // What is for us is told by its connection IDs, not by its address.
        pair.ClientReceivesAt = static _ => true;
        SimulatedLink link = isClient ? pair.ToClient : pair.ToServer;
        Func<byte[], bool>? before = link.Filter;
        link.Filter = datagram => Claims(datagram) ? Keep(datagram) : before?.Invoke(datagram) ?? true;
        if (isClient)
        {
            _keys[0] = InitialSecrets.Derive(CryptoProvider.Default, OriginalId, isServer: false);
            _tls = BouncyCastleTlsSession.CreateClient(
                new TlsClientOptions { Alpn = ["test"u8.ToArray()], ServerName = "server.example", TransportParameters = EncodeParameters() }, _random);
            RunTls(tls => tls.Start(Outputs));
        }
    }

    public NetworkAddress Address => _options.Address;

    public ConnectionId LocalId { get; }

    /// <summary>The destination ID of the first Initial.</summary>
    public ConnectionId OriginalId { get; private set; }

    /// <summary>Where packets go.</summary>
    public ConnectionId RemoteId { get; set; }

    public FrameLog Log { get; } = new();

    public bool IsComplete { get; private set; }

    public OneRttKeys? OneRtt { get; private set; }

    /// <summary>Up to this level, what TLS has to say is sent by itself.</summary>
    public EncryptionLevel FlushUpTo { get; set; }

    public int BytesReceived { get; private set; }

    public int DatagramsReceived { get; private set; }

    /// <summary>The connection at the other end; the newest of the host until one is known to be it.</summary>
    public Connection Target => _target ?? _host.History[^1];

    public AckTracker[] Acks { get; } =
    [
        new(EncryptionLevel.Initial, TimeSpan.Zero), new(EncryptionLevel.Handshake, TimeSpan.Zero), new(EncryptionLevel.Application, TimeSpan.Zero),
    ];

    private TlsOutputs Outputs { get; set; } = new();

    public static ConnectionId NewId(long number) => new([.. IdPrefix, .. BitConverter.GetBytes((int)number)]);

    /// <summary>What TLS wants to send at a level.</summary>
    public byte[] Handshake(EncryptionLevel level) => [.. _cryptoOut[(int)level]];

    /// <summary>Goes on until packets can be exchanged at the level.</summary>
    public HostilePeer Reach(EncryptionLevel level)
    {
        Begin();
        Progress();
        if (level == EncryptionLevel.Application)
        {
            FlushUpTo = level;
            Progress();
            if (!_isClient)
            {
                Send(level, FrameBytes.HandshakeDone);
                Progress();
            }

            Assert.That(Target.Handshake.IsConfirmed, Is.True, () => $"no handshake: {QuicPair.Describe(Target)}");
        }

        return this;
    }

    /// <summary>A client does nothing yet; towards a server role, our client sends its first packets.</summary>
    public void Begin()
    {
        if (!_isClient && _target is null)
        {
            _target = _host.Connect(_pair.Now, Address, new ConnectionConfig(), encode => BouncyCastleTlsSession.CreateClient(
                new TlsClientOptions { Alpn = ["test"u8.ToArray()], ServerName = "server.example", TransportParameters = encode(new ConnectionConfig()) },
                _random));
            _pair.Pump();
        }
    }

    /// <summary>Takes in what came and sends what is due, until nothing is.</summary>
    public void Progress()
    {
        for (int round = 0; round < 30; round++)
        {
            Drain();
            bool sent = false;
            for (EncryptionLevel level = EncryptionLevel.Initial; level <= EncryptionLevel.Application; level++)
            {
                sent |= Flush(level);
            }

            _pair.RunFor(TimeSpan.FromMilliseconds(1));
            _pair.Pump();
            if (!sent && _inbox.Count == 0)
            {
                return;
            }
        }
    }

    /// <summary>Takes in what came.</summary>
    public void Drain()
    {
        while (_inbox.TryDequeue(out byte[]? datagram))
        {
            DatagramsReceived++;
            BytesReceived += datagram.Length;
            Open(datagram);
        }
    }

    /// <summary>Sends one packet and lets the other end answer.</summary>
    public void Send(EncryptionLevel level, byte[] payload, PacketShape? shape = null)
    {
        SendRaw(Seal(level, payload, shape));
        _pair.Pump();
    }

    /// <summary>Hands over a datagram; the answers wait for <see cref="Drain"/>.</summary>
    public void SendRaw(byte[] datagram, NetworkAddress? from = null)
    {
        int before = _host.History.Count;
        _host.Receive(_pair.Now, from ?? Address, [.. datagram], reply => _inbox.Enqueue(reply.ToArray()));
        if (_isClient && _target is null && _host.History.Count > before)
        {
            _target = _host.History[^1];
        }
    }

    public byte[] Seal(EncryptionLevel level, byte[] payload, PacketShape? shape = null)
    {
        const int NumberLength = 4;
        shape ??= new PacketShape();
        ConnectionId destination = shape.DestinationId ?? RemoteId;
        byte[] buffer = new byte[payload.Length + shape.Token.Length + 1500];
        int lengthOffset = -1;
        int headerLength = level == EncryptionLevel.Application
            ? PacketHeaderWriter.WriteShort(buffer, destination, OneRtt!.KeyPhase, NumberLength)
            : PacketHeaderWriter.WriteLong(
                buffer, level == EncryptionLevel.Initial ? PacketType.Initial : PacketType.Handshake, destination, shape.SourceId ?? LocalId,
                shape.Token, NumberLength, out lengthOffset);
        buffer[0] |= shape.FirstByteBits;
        long number = shape.Number ?? _next[(int)level];
        _next[(int)level] = Math.Max(_next[(int)level], number + 1);
        PacketNumber.Write(buffer.AsSpan(headerLength), number, NumberLength);
        int sealedLength = headerLength + NumberLength;
        payload.CopyTo(buffer, sealedLength);
        int padTo = shape.PadTo ?? (_isClient && level == EncryptionLevel.Initial ? 1200 : 0);
        int length = Math.Max(sealedLength + payload.Length + Aead.TagLength, padTo);
        if (lengthOffset >= 0)
        {
            VarInt.WriteTwoBytes(buffer.AsSpan(lengthOffset), length - headerLength);
        }

        Span<byte> packet = buffer.AsSpan(0, length);
        PacketKey key = level == EncryptionLevel.Application ? OneRtt!.Write : _keys[(int)level]!.Write;
        HeaderProtectionKey header = level == EncryptionLevel.Application ? OneRtt!.WriteHeader : _keys[(int)level]!.WriteHeader;
        key.Seal(number, packet, sealedLength);
        header.Protect(packet, headerLength, NumberLength);
        return packet.ToArray();
    }

    /// <summary>Switches to the next 1-RTT keys, allowed or not.</summary>
    public void UpdateKeys()
    {
        OneRtt!.OnHandshakeConfirmed();
        OneRtt.OnPacketAcknowledged(long.MaxValue);
        OneRtt.HandleTimeout(Timestamp.Never);
        OneRtt.InitiateUpdate(_pair.Now, TimeSpan.FromSeconds(1));
    }

    /// <summary>The other end closed with the code and said so.</summary>
    public void AssertClosedWith(TransportErrorCode code, string because = "")
    {
        _pair.Pump();
        Drain();
        Assert.That(Target.CloseReason, Is.Not.Null, () => $"the connection was not closed {because}");
        Assert.That((TransportErrorCode)Target.CloseReason!.ErrorCode, Is.EqualTo(code), because + Target.CloseReason);
        Assert.That(Target.CloseReason.Kind, Is.EqualTo(ConnectionCloseKind.LocalTransport), because);
        Assert.That((TransportErrorCode?)Log.CloseCode, Is.EqualTo(code), () => $"the CONNECTION_CLOSE did not say it {because}");
    }

    /// <summary>The other end still works: it answers a PING.</summary>
    public void AssertAlive(string because = "")
    {
        Assert.That(Target.CloseReason, Is.Null, because);
        int acks = Log.Count(FrameType.Ack);
        Send(EncryptionLevel.Application, FrameBytes.Ping);
        Send(EncryptionLevel.Application, FrameBytes.Ping);
        Progress();
        Assert.That(Log.Count(FrameType.Ack), Is.GreaterThan(acks), because);
    }

    private bool Keep(byte[] datagram)
    {
        _inbox.Enqueue(datagram);
        return false;
    }

    private bool Claims(byte[] datagram)
    {
        bool isLong = (datagram[0] & 0x80) != 0;
        ReadOnlySpan<byte> id = isLong ? datagram.AsSpan(6, datagram[5]) : datagram.AsSpan(1, Connection.LocalIdLength);
        return id.StartsWith(IdPrefix) || (!_isClient && isLong && (OriginalId.Length == 0 || new ConnectionId(id) == OriginalId));
    }

    private bool Flush(EncryptionLevel level)
    {
        bool hasKeys = level == EncryptionLevel.Application ? OneRtt is not null && IsComplete : _keys[(int)level] is not null;
        if (!hasKeys)
        {
            return false;
        }

        bool sent = false;
        List<byte> pending = _cryptoOut[(int)level];
        while (level <= FlushUpTo && _cryptoSent[(int)level] < pending.Count)
        {
            int offset = _cryptoSent[(int)level];
            byte[] part = [.. pending.Skip(offset).Take(1000)];
            _cryptoSent[(int)level] += part.Length;
            SendRaw(Seal(level, FrameBytes.CryptoData(offset, part)));
            sent = true;
        }

        if (_options.Acknowledge && Acks[(int)level].HasUnackedEliciting)
        {
            byte[] buffer = new byte[1000];
            Span<byte> rest = buffer;
            AckFrame.TryWrite(ref rest, Acks[(int)level].RangesLargestFirst, 0, default);
            Acks[(int)level].OnAckSent();
            SendRaw(Seal(level, buffer[..^rest.Length]));
            sent = true;
        }

        return sent;
    }

    private void Open(byte[] datagram)
    {
        Span<byte> rest = datagram;
        while (!rest.IsEmpty && PacketHeader.TryParse(rest, LocalId.Length, out PacketHeader header))
        {
            Span<byte> packet = rest[..header.Length];
            rest = rest[header.Length..];
            if (!_isClient && _tls is null && header.Type == PacketType.Initial)
            {
                StartServer(header.DestinationId, header.SourceId);
            }

            if (header.Type is PacketType.Initial or PacketType.Handshake or PacketType.OneRtt)
            {
                EncryptionLevel level = header.Type == PacketType.Initial ? EncryptionLevel.Initial
                    : header.Type == PacketType.Handshake ? EncryptionLevel.Handshake : EncryptionLevel.Application;
                RemoteId = _isClient && RemoteId == OriginalId && level != EncryptionLevel.Application ? header.SourceId : RemoteId;
                OpenPacket(level, packet, header.PacketNumberOffset);
            }
        }
    }

    private void OpenPacket(EncryptionLevel level, Span<byte> packet, int numberOffset)
    {
        LevelKeys? keys = level == EncryptionLevel.Application ? null : _keys[(int)level];
        HeaderProtectionKey? headerKey = level == EncryptionLevel.Application ? OneRtt?.ReadHeader : keys?.ReadHeader;
        if (headerKey is null || !headerKey.TryUnprotect(packet, numberOffset, out int numberLength, out uint truncated))
        {
            return;
        }

        int headerLength = numberOffset + numberLength;
        long number = PacketNumber.Decode(Acks[(int)level].LargestReceived, truncated, numberLength);
        bool opened = keys is not null
            ? keys.Read.TryOpen(number, packet, headerLength)
            : OneRtt!.TryOpen(_pair.Now, PacketHeader.HasKeyPhase(packet[0]), number, packet, headerLength) is OpenResult.Opened or OpenResult.OpenedAfterUpdate;
        if (opened)
        {
            bool eliciting = Log.Read(packet[headerLength..^Aead.TagLength], (offset, data) => _cryptoIn[(int)level].Add(offset, data));
            Acks[(int)level].OnReceived(_pair.Now, number, eliciting, 0);
            FeedTls();
        }
    }
}
