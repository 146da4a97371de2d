using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core;

/// <content>Packets out: header, frames, padding, protection, and the record for loss detection.</content>
internal sealed partial class Connection
{
    /// <summary>
    /// What a packet that asks whether the peer is still there has at least, so that a peer without state answers it with a
    /// stateless reset: one is shorter than its cause, and many endpoints answer nothing below this (RFC 9000, section 10.3).
    /// </summary>
    private const int MinProbeSize = 64;

    private byte[] _retryToken = [];
    private bool _elicitingSentSinceReceive;

    private int WritePacket(Timestamp now, PacketSpace space, Span<byte> buffer, bool data, int minimum, bool isLast)
    {
        PacketBuilder builder = BeginPacket(space, buffer);
        Span<byte> cursor = builder.Payload;
        int before = _sent.Count;
        bool application = space.Level == EncryptionLevel.Application;
        bool ack = space.Acks.IsAckDue(now) || (data && space.Acks.HasUnackedEliciting && !(application && IsDatagramTight(builder.Payload.Length)));
        if (ack)
        {
            WriteAck(now, space, ref cursor);
        }

        int acks = _sent.Count - before;
        bool validates = data && application && (_path.Validator.HasChallenge || _path.Validator.HasResponse);
        if (validates)
        {
            // RFC 9000, sections 8.2.1 and 8.2.2: full size, as far as the anti-amplification limit allows.
            minimum = Math.Max(minimum, Math.Min(buffer.Length, Paths.MtuDiscovery.BaseSize));
        }

        if (data)
        {
            WriteCrypto(space, ref cursor);
            if (application)
            {
                WriteApplicationFrames(ref cursor, builder.Payload.Length);
            }
        }

        bool probes = application && (space.PingPending || _loss.ProbesPending(space.Level) > 0);
        bool eliciting = _sent.Count > acks;
        if (!cursor.IsEmpty && !eliciting && data && (space.PingPending || (ack && space.Acks.NeedsPing())))
        {
            WritePing(ref cursor);
            eliciting = true;
        }

        space.PingPending &= !eliciting;
        bool completes = isLast && minimum is > 0 and < Paths.MtuDiscovery.BaseSize;
        if (_sent.Count == 0 && !completes)
        {
            return 0;
        }

        // A packet that is not the last of its datagram is filled up only if nothing useful would fit after it.
        bool pad = minimum > 0 && (isLast || cursor.Length < MinPacketRoom);
        int size = FinishPacket(space, ref builder, cursor, Math.Max(pad ? minimum : 0, probes && eliciting ? MinProbeSize : 0));
        bool inFlight = eliciting || pad;
        _loss.OnPacketSent(space.Level, builder.PacketNumber, now, size, eliciting, inFlight, _sent.Frames);
        if (inFlight)
        {
            _path.Pacer.OnSent(size);
        }

        if (eliciting)
        {
            OnElicitingSent(now);
        }

        if (_isClient && space.Level == EncryptionLevel.Handshake)
        {
            // RFC 9001, section 4.9.1.
            DiscardSpace(EncryptionLevel.Initial);
        }

        return size;
    }

    private PacketBuilder BeginPacket(PacketSpace space, Span<byte> buffer)
    {
        _sent.Clear();
        long number = space.ReservePacketNumber(_loss, _random);
        int numberLength = PacketNumber.EncodedLength(number, _loss.LargestAcked(space.Level));
        int lengthOffset = -1;
        int headerLength = space.Level switch
        {
            EncryptionLevel.Initial => PacketHeaderWriter.WriteLong(
                buffer, PacketType.Initial, _peerIds.Current, _localId, _retryToken, numberLength, out lengthOffset),
            EncryptionLevel.Handshake => PacketHeaderWriter.WriteLong(
                buffer, PacketType.Handshake, _peerIds.Current, _localId, default, numberLength, out lengthOffset),
            _ => PacketHeaderWriter.WriteShort(buffer, _peerIds.Current, _oneRtt!.KeyPhase, numberLength),
        };
        PacketNumber.Write(buffer[headerLength..], number, numberLength);
        return new PacketBuilder(buffer, number, numberLength, headerLength + numberLength, lengthOffset, Aead.TagLength);
    }

    /// <summary>Pads, seals and protects the packet; returns its size.</summary>
    private int FinishPacket(PacketSpace space, ref PacketBuilder builder, ReadOnlySpan<byte> unused, int minimumSize)
    {
        int payload = builder.Payload.Length - unused.Length;
        int overhead = builder.HeaderLength + Aead.TagLength;

        // At least four bytes of number and payload, so that there is a sample to protect the header with (RFC 9001, section 5.4.2).
        int wanted = Math.Max(Math.Max(minimumSize - overhead, 4 - builder.PacketNumberLength), payload);
        wanted = Math.Min(wanted, builder.Payload.Length);
        builder.Payload[payload..wanted].Clear();
        if (builder.LengthOffset >= 0)
        {
            VarInt.WriteTwoBytes(builder.Buffer[builder.LengthOffset..], builder.PacketNumberLength + wanted + Aead.TagLength);
        }

        Span<byte> packet = builder.Buffer[..(overhead + wanted)];
        PacketKey key = space.Level == EncryptionLevel.Application ? _oneRtt!.Write : space.Keys!.Write;
        HeaderProtectionKey header = space.Level == EncryptionLevel.Application ? _oneRtt!.WriteHeader : space.Keys!.WriteHeader;
        key.Seal(builder.PacketNumber, packet, builder.HeaderLength);
        header.Protect(packet, builder.HeaderLength - builder.PacketNumberLength, builder.PacketNumberLength);
        space.CommitPacketNumber();
        _statistics.PacketsSent++;
        return packet.Length;
    }

    private void WriteAck(Timestamp now, PacketSpace space, ref Span<byte> cursor)
    {
        const int OwnAckDelayExponent = 3;
        long delay = (long)space.Acks.DelaySinceLargest(now).TotalMicroseconds >> OwnAckDelayExponent;
        if (AckFrame.TryWrite(ref cursor, space.Acks.RangesLargestFirst, delay, space.Acks.Ecn))
        {
            _sent.Add(new SentFrame(SentFrameKind.Ack, Offset: space.Acks.LargestReceived));
            space.Acks.OnAckSent();
        }
    }

    private void WriteCrypto(PacketSpace space, ref Span<byte> cursor)
    {
        while (space.CryptoOut.HasChunk)
        {
            space.CryptoOut.PeekChunk(out long offset, out long available);
            int length = (int)Math.Min(available, cursor.Length - CryptoFrame.Overhead(offset, cursor.Length));
            if (length <= 0)
            {
                return;
            }

            CryptoFrame.WriteHeader(ref cursor, offset, length);
            space.CryptoOut.CopyTo(offset, cursor[..length]);
            space.CryptoOut.OnSent(offset, length, fin: false);
            cursor = cursor[length..];
            _sent.Add(new SentFrame(SentFrameKind.Crypto, Offset: offset, Length: length));
        }
    }

    private void WriteApplicationFrames(ref Span<byte> cursor, int room)
    {
        if (_handshakeDonePending && cursor.Length > 0)
        {
            cursor[0] = (byte)FrameType.HandshakeDone;
            cursor = cursor[1..];
            _sent.Add(new SentFrame(SentFrameKind.HandshakeDone));
            _handshakeDonePending = false;
        }

        const int PathFrames = 2 * (1 + sizeof(ulong));
        if ((_path.Validator.HasChallenge || _path.Validator.HasResponse) && cursor.Length >= PathFrames)
        {
            WritePathFrames(ref cursor);
        }

        if (_localIds.HasPending || _peerIds.HasPendingRetire)
        {
            WriteConnectionIdFrames(ref cursor);
        }

        if (_streams.HasPending)
        {
            _streams.WriteControlFrames(ref cursor, _sent);
        }

        WriteData(ref cursor, room);
    }

    private void WriteConnectionIdFrames(ref Span<byte> cursor)
    {
        const int LargestFrame = 64;
        while (cursor.Length >= LargestFrame && _localIds.TryGetPending(out NewConnectionIdFrame frame))
        {
            frame.TryWrite(ref cursor);
            _sent.Add(new SentFrame(SentFrameKind.NewConnectionId, frame.Sequence));
        }

        while (cursor.Length >= LargestFrame && _peerIds.TryGetPendingRetire(out long sequence))
        {
            new RetireConnectionIdFrame(sequence).TryWrite(ref cursor);
            _sent.Add(new SentFrame(SentFrameKind.RetireConnectionId, sequence));
        }
    }

    private void WritePing(ref Span<byte> cursor)
    {
        cursor[0] = (byte)FrameType.Ping;
        cursor = cursor[1..];
        _sent.Add(new SentFrame(SentFrameKind.Ping));
    }

    private bool WriteMtuProbe(Timestamp now, Span<byte> buffer, ref Transmit transmit)
    {
        // Before any data: a sender that always has some would never get to it. But not on a path that may not exist.
        if (!_handshake.IsConfirmed || _handshakeDonePending || _path.Mtu.NextProbe(now) is not { } size || size > buffer.Length
            || size > _path.AntiAmplification.Available || _path.Validator.IsValidating || !MayUseWindow(now, size))
        {
            return false;
        }

        PacketSpace space = Space(EncryptionLevel.Application);
        PacketBuilder builder = BeginPacket(space, buffer[..size]);
        Span<byte> cursor = builder.Payload;
        cursor[0] = (byte)FrameType.Ping;
        cursor = cursor[1..];
        _sent.Add(new SentFrame(SentFrameKind.MtuProbe, Length: size));
        int length = FinishPacket(space, ref builder, cursor, size);
        _loss.OnPacketSent(space.Level, builder.PacketNumber, now, length, ackEliciting: true, inFlight: true, _sent.Frames);
        _path.Mtu.OnProbeSent(now, size);
        _path.Pacer.OnSent(length);
        OnElicitingSent(now);
        return Emit(length, ref transmit);
    }
}
