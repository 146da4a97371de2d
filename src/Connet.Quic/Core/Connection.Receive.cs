using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core;

/// <content>Datagrams in: packets are taken apart, decrypted and checked here; their frames are handled in Connection.Frames.cs.</content>
internal sealed partial class Connection
{
    /// <summary>A stateless reset is at least this long (RFC 9000, section 10.3).</summary>
    private const int MinStatelessReset = 21;

    /// <summary>A longer Retry token would leave no room for anything else in the Initial packets that have to repeat it.</summary>
    private const int MaxRetryToken = 800;

    /// <summary>What the packets kept for later may take together: those of a handshake are small.</summary>
    private const int MaxUndecryptableBytes = 64 * 1024;

    private readonly List<UndecryptablePacket> _undecryptable = [];
    private bool _peerIdKnown;
    private bool _anyPacketProcessed;
    private int _datagramLength;
    private ConnectionId _packetDestination;

    /// <summary>Handles one datagram. Its bytes are decrypted in place and not used after the call.</summary>
    public void HandleDatagram(Timestamp now, in NetworkAddress from, byte ecn, Span<byte> datagram)
    {
        _statistics.DatagramsReceived++;
        _statistics.BytesReceived += datagram.Length;
        _datagramLength = datagram.Length;
        if (State is ConnectionState.Draining or ConnectionState.Drained)
        {
            return;
        }

        if (State == ConnectionState.Closing)
        {
            OnDatagramWhileClosing();
            return;
        }

        if (from == _path.Remote)
        {
            // Counted once for the datagram, however many packets are in it (RFC 9000, section 8.1).
            _path.AntiAmplification.OnDatagramReceived(datagram.Length);
            _loss.AntiAmplificationBlocked = false;
        }
        else if (_isClient || !_handshake.IsConfirmed)
        {
            // Servers do not move, and clients not before the handshake is confirmed (RFC 9000, section 9).
            _statistics.PacketsDropped++;
            return;
        }

        if (!datagram.IsEmpty && (datagram[0] & 0x80) == 0)
        {
            HandleShortPacket(now, from, ecn, datagram, datagram);
            return;
        }

        HandleCoalesced(now, from, ecn, datagram);
    }

    /// <summary>
    /// Checks a datagram for which no connection ID is known, but which came from this connection's peer, for being a
    /// stateless reset. Ends the connection and returns true if it is.
    /// </summary>
    public bool HandlePossibleReset(Timestamp now, ReadOnlySpan<byte> datagram)
    {
        if (State is not (ConnectionState.Handshake or ConnectionState.Established) || datagram.Length < MinStatelessReset
            || !_peerIds.IsResetToken(new StatelessResetToken(datagram[^StatelessResetToken.Length..])))
        {
            return false;
        }

        OnStatelessReset(now);
        return true;
    }

    private void HandleCoalesced(Timestamp now, in NetworkAddress from, byte ecn, Span<byte> datagram)
    {
        Span<byte> rest = datagram;
        ConnectionId? destination = null;
        while (!rest.IsEmpty && State is ConnectionState.Handshake or ConnectionState.Established)
        {
            if (!PacketHeader.TryParse(rest, LocalIdLength, out PacketHeader header)
                || (destination is { } first && first != header.DestinationId))
            {
                // Packets for several connections in one datagram are ignored (RFC 9000, section 12.2).
                _statistics.PacketsDropped++;
                return;
            }

            destination ??= header.DestinationId;
            Span<byte> packet = rest[..header.Length];
            rest = rest[header.Length..];
            if (header.Type == PacketType.OneRtt)
            {
                HandleShortPacket(now, from, ecn, packet, datagram);
            }
            else
            {
                HandleLongPacket(now, from, ecn, packet, header);
            }
        }
    }

    private void HandleLongPacket(Timestamp now, in NetworkAddress from, byte ecn, Span<byte> packet, in PacketHeader header)
    {
        switch (header.Type)
        {
            case PacketType.Retry:
                HandleRetry(now, packet, header);
                return;
            case PacketType.VersionNegotiation:
                HandleVersionNegotiation(now, header);
                return;
            case PacketType.Initial or PacketType.Handshake:
                break;
            default:
                _statistics.PacketsDropped++;
                return;
        }

        EncryptionLevel level = header.Type == PacketType.Initial ? EncryptionLevel.Initial : EncryptionLevel.Handshake;
        PacketSpace space = Space(level);
        if (space.Keys is not { } keys)
        {
            if (!space.IsDiscarded)
            {
                KeepUndecryptable(from, ecn, packet);
            }

            return;
        }

        if ((_peerIdKnown && header.SourceId != _peerIds.Current)
            || (_isClient && level == EncryptionLevel.Initial && !header.Token.IsEmpty))
        {
            // After the first packet the peer's ID may not change; a server's Initial has no token (RFC 9000, sections 7.2, 17.2.2).
            _statistics.PacketsDropped++;
            return;
        }

        ConnectionId sourceId = header.SourceId;
        int numberOffset = header.PacketNumberOffset;
        if (!keys.ReadHeader.TryUnprotect(packet, numberOffset, out int numberLength, out uint truncated))
        {
            _statistics.PacketsDropped++;
            return;
        }

        long number = PacketNumber.Decode(space.Acks.LargestReceived, truncated, numberLength);
        int headerLength = numberOffset + numberLength;
        if (!keys.Read.TryOpen(number, packet, headerLength))
        {
            _statistics.PacketsDropped++;
            return;
        }

        if (!_peerIdKnown)
        {
            // A server too: the header that made the connection was not authentic yet.
            _peerIds.SetCurrentFromServer(sourceId);
        }

        _peerIdKnown = true;
        if (!_isClient && level == EncryptionLevel.Handshake)
        {
            // Only the owner of the address can have Handshake keys (RFC 9000, section 8.1; RFC 9001, section 4.9.1).
            _path.AntiAmplification.MarkValidated();
            DiscardSpace(EncryptionLevel.Initial);
        }

        const byte LongReservedBits = 0x0c;
        HandleOpenedPacket(now, from, ecn, space, number, (packet[0] & LongReservedBits) != 0, packet[headerLength..^Aead.TagLength]);
    }

    private void HandleShortPacket(Timestamp now, in NetworkAddress from, byte ecn, Span<byte> packet, ReadOnlySpan<byte> datagram)
    {
        const int NumberOffset = 1 + LocalIdLength;
        if (_oneRtt is not { } keys || !_handshake.IsComplete)
        {
            KeepUndecryptable(from, ecn, packet);
            return;
        }

        // Taken before decryption changes the bytes: a reset is looked for only when that fails.
        StatelessResetToken trailing = datagram.Length >= MinStatelessReset ? new(datagram[^StatelessResetToken.Length..]) : default;
        PacketSpace space = Space(EncryptionLevel.Application);
        if (packet.Length < NumberOffset + 4
            || !keys.ReadHeader.TryUnprotect(packet, NumberOffset, out int numberLength, out uint truncated))
        {
            OnUndecryptable(now, datagram.Length, trailing);
            return;
        }

        const byte KeyPhaseBit = 0x04;
        const byte ShortReservedBits = 0x18;
        long number = PacketNumber.Decode(space.Acks.LargestReceived, truncated, numberLength);
        int headerLength = NumberOffset + numberLength;
        bool keyPhase = (packet[0] & KeyPhaseBit) != 0;
        if (keyPhase != keys.KeyPhase || keys.UpdateCount > 0)
        {
            // Only the lifetime of replaced keys rests on it.
            keys.SetProbeTimeout(ProbeTimeout);
        }

        switch (keys.TryOpen(now, keyPhase, number, packet, headerLength))
        {
            case OpenResult.Opened or OpenResult.OpenedAfterUpdate:
                break;
            case OpenResult.KeyUpdateError:
                CloseWith(now, TransportErrorCode.KeyUpdateError, 0, "a key update came too early or out of order");
                return;
            case OpenResult.IntegrityLimitReached:
                CloseWith(now, TransportErrorCode.AeadLimitReached, 0, "too many packets failed authentication");
                return;
            default:
                OnUndecryptable(now, datagram.Length, trailing);
                return;
        }

        _packetDestination = new ConnectionId(packet.Slice(1, LocalIdLength));
        HandleOpenedPacket(now, from, ecn, space, number, (packet[0] & ShortReservedBits) != 0, packet[headerLength..^Aead.TagLength]);
    }

    private void HandleOpenedPacket(
        Timestamp now, in NetworkAddress from, byte ecn, PacketSpace space, long number, bool reservedBitsSet, ReadOnlySpan<byte> payload)
    {
        if (reservedBitsSet || payload.IsEmpty)
        {
            CloseWith(now, TransportErrorCode.ProtocolViolation, 0, reservedBitsSet ? "reserved header bits are set" : "a packet has no frames");
            return;
        }

        if (space.Acks.IsDuplicate(number))
        {
            _statistics.PacketsDropped++;
            return;
        }

        _statistics.PacketsReceived++;
        _anyPacketProcessed = true;
        _lastReceived = now;
        _idleSince = now;
        _elicitingSentSinceReceive = false;
        _keepAliveSent = false;
        bool isNewest = number > space.Acks.LargestReceived;
        if (!HandleFrames(now, from, space, payload, out bool eliciting, out bool probing))
        {
            return;
        }

        space.Acks.OnReceived(now, number, eliciting, ecn);
        if (from != _path.Remote && isNewest && !probing)
        {
            OnPeerMoved(now, from);
        }
    }

    private void OnUndecryptable(Timestamp now, int datagramLength, in StatelessResetToken trailing)
    {
        _statistics.PacketsDropped++;
        if (datagramLength >= MinStatelessReset && _peerIds.IsResetToken(trailing))
        {
            OnStatelessReset(now);
        }
    }

    // The peer has no state left: nothing is sent to it any more (RFC 9000, section 10.3.1).
    private void OnStatelessReset(Timestamp now) =>
        End(now, ConnectionState.Draining, new ConnectionCloseReason(ConnectionCloseKind.StatelessReset, 0, "the peer lost the connection's state"));

    private void KeepUndecryptable(in NetworkAddress from, byte ecn, ReadOnlySpan<byte> packet)
    {
        int kept = packet.Length;
        foreach (UndecryptablePacket earlier in _undecryptable)
        {
            kept += earlier.Bytes.Length;
        }

        if (_undecryptable.Count < _config.MaxUndecryptablePackets && kept <= MaxUndecryptableBytes)
        {
            _undecryptable.Add(new UndecryptablePacket(from, ecn, packet.ToArray()));
        }
        else
        {
            _statistics.PacketsDropped++;
        }
    }

    private void ReplayUndecryptable(Timestamp now)
    {
        if (_undecryptable.Count == 0)
        {
            return;
        }

        UndecryptablePacket[] packets = [.. _undecryptable];
        _undecryptable.Clear();
        foreach (UndecryptablePacket packet in packets)
        {
            if (State is not (ConnectionState.Handshake or ConnectionState.Established))
            {
                return;
            }

            if ((packet.Bytes[0] & 0x80) == 0)
            {
                HandleShortPacket(now, packet.From, packet.Ecn, packet.Bytes, packet.Bytes);
            }
            else
            {
                HandleCoalesced(now, packet.From, packet.Ecn, packet.Bytes);
            }
        }
    }

    private void HandleRetry(Timestamp now, ReadOnlySpan<byte> packet, in PacketHeader header)
    {
        // RFC 9000, section 17.2.5.2: once, before anything else of the server's, with a token and a valid tag.
        if (!_isClient || _anyPacketProcessed || _retrySourceId is not null || header.Token.Length is 0 or > MaxRetryToken
            || header.SourceId == _peerIds.Current
            || !RetryIntegrityTag.Verify(_originalDestinationId, packet[..^RetryIntegrityTag.Length], header.RetryIntegrityTag))
        {
            _statistics.PacketsDropped++;
            return;
        }

        _retrySourceId = header.SourceId;
        _retryToken = header.Token.ToArray();
        _peerIds.SetCurrentFromServer(header.SourceId);
        PacketSpace initial = Space(EncryptionLevel.Initial);
        initial.Keys?.Dispose();
        initial.Keys = InitialSecrets.Derive(_config.Crypto, header.SourceId, isServer: false);
        _lastReceived = now;

        // The server forgot what it was sent: all of it goes again, under new keys and higher numbers.
        _ackResult.Clear();
        _loss.Restart(EncryptionLevel.Initial, _ackResult);
        ApplyLost(now, EncryptionLevel.Initial);
    }

    private void HandleVersionNegotiation(Timestamp now, in PacketHeader header)
    {
        // Anyone can forge one: it counts only before anything was processed, if it echoes the ID we sent to, and if it lacks
        // our version (RFC 9000, sections 6.2 and 17.2.1).
        if (!_isClient || _anyPacketProcessed || _retrySourceId is not null || header.SourceId != _peerIds.Current || header.DestinationId != _localId)
        {
            return;
        }

        for (ReadOnlySpan<byte> versions = header.SupportedVersions; versions.Length >= 4; versions = versions[4..])
        {
            if (System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(versions) == PacketHeaderWriter.Version1)
            {
                return;
            }
        }

        End(now, ConnectionState.Drained, new ConnectionCloseReason(ConnectionCloseKind.VersionMismatch, 0, "the server does not speak QUIC version 1"));
    }

    private readonly record struct UndecryptablePacket(NetworkAddress From, byte Ecn, byte[] Bytes);
}
