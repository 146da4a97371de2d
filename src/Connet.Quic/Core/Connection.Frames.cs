using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core;

/// <content>Frames in. Each handler returns an error code; the first that is not NoError closes the connection.</content>
internal sealed partial class Connection
{
    private bool HandleFrames(Timestamp now, in NetworkAddress from, PacketSpace space, ReadOnlySpan<byte> payload, out bool eliciting, out bool probing)
    {
        eliciting = false;
        probing = true;
        while (!payload.IsEmpty)
        {
            TransportErrorCode error = FrameTypes.TryRead(ref payload, out FrameType type);
            if (error == TransportErrorCode.NoError)
            {
                error = FrameTypes.IsAllowed(type, space.Level)
                    ? HandleFrame(now, from, space, type, ref payload)
                    : TransportErrorCode.ProtocolViolation;
            }

            if (error != TransportErrorCode.NoError)
            {
                CloseWith(now, error, (long)type, $"in frame {type}");
                return false;
            }

            eliciting |= FrameTypes.IsAckEliciting(type);
            probing &= type is FrameType.Padding or FrameType.PathChallenge or FrameType.PathResponse or FrameType.NewConnectionId;
            if (State is ConnectionState.Draining or ConnectionState.Drained)
            {
                return false;
            }
        }

        return true;
    }

    private TransportErrorCode HandleFrame(Timestamp now, in NetworkAddress from, PacketSpace space, FrameType type, ref ReadOnlySpan<byte> payload)
    {
        if (FrameTypes.IsDatagram(type))
        {
            return HandleDatagramFrame(type, ref payload);
        }

        if (FrameTypes.IsStream(type))
        {
            return StreamFrame.TryParse(type, ref payload, out StreamFrame stream) ? _streams.HandleStream(stream) : TransportErrorCode.FrameEncodingError;
        }

        switch (type)
        {
            case FrameType.Padding or FrameType.Ping:
                return TransportErrorCode.NoError;
            case FrameType.Ack or FrameType.AckEcn:
                return AckFrame.TryParse(type, ref payload, out AckFrame ack) ? HandleAck(now, space, ack) : TransportErrorCode.FrameEncodingError;
            case FrameType.Crypto:
                return CryptoFrame.TryParse(ref payload, out CryptoFrame crypto) ? HandleCrypto(space, crypto) : TransportErrorCode.FrameEncodingError;
            case FrameType.NewToken:
                // We keep no tokens for later connections; a server must not get one (RFC 9000, section 19.7).
                return !NewTokenFrame.TryParse(ref payload, out _) ? TransportErrorCode.FrameEncodingError
                    : _isClient ? TransportErrorCode.NoError : TransportErrorCode.ProtocolViolation;
            case FrameType.HandshakeDone:
                return HandleHandshakeDone(now);
            case FrameType.ConnectionClose or FrameType.ConnectionCloseApplication:
                return HandleClose(now, type, ref payload);
            case FrameType.NewConnectionId:
                return NewConnectionIdFrame.TryParse(ref payload, out NewConnectionIdFrame newId)
                    ? _peerIds.HandleNew(newId) : TransportErrorCode.FrameEncodingError;
            case FrameType.RetireConnectionId:
                return RetireConnectionIdFrame.TryParse(ref payload, out RetireConnectionIdFrame retire)
                    ? HandleRetire(retire) : TransportErrorCode.FrameEncodingError;
            case FrameType.PathChallenge:
                return PathChallengeFrame.TryParse(ref payload, out PathChallengeFrame challenge)
                    ? HandlePathChallenge(from, challenge) : TransportErrorCode.FrameEncodingError;
            case FrameType.PathResponse:
                return PathResponseFrame.TryParse(ref payload, out PathResponseFrame response)
                    ? HandlePathResponse(response) : TransportErrorCode.FrameEncodingError;
            default:
                return HandleStreamControl(type, ref payload);
        }
    }

    private TransportErrorCode HandleStreamControl(FrameType type, ref ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case FrameType.ResetStream when ResetStreamFrame.TryParse(ref payload, out ResetStreamFrame reset):
                return _streams.HandleReset(reset);
            case FrameType.StopSending when StopSendingFrame.TryParse(ref payload, out StopSendingFrame stop):
                return _streams.HandleStopSending(stop);
            case FrameType.MaxData when MaxDataFrame.TryParse(ref payload, out MaxDataFrame maxData):
                return _streams.HandleMaxData(maxData);
            case FrameType.MaxStreamData when MaxStreamDataFrame.TryParse(ref payload, out MaxStreamDataFrame maxStreamData):
                return _streams.HandleMaxStreamData(maxStreamData);
            case FrameType.MaxStreamsBidirectional or FrameType.MaxStreamsUnidirectional
                when MaxStreamsFrame.TryParse(type, ref payload, out MaxStreamsFrame maxStreams):
                return _streams.HandleMaxStreams(maxStreams);
            case FrameType.DataBlocked when DataBlockedFrame.TryParse(ref payload, out DataBlockedFrame blocked):
                return _streams.HandleDataBlocked(blocked);
            case FrameType.StreamDataBlocked when StreamDataBlockedFrame.TryParse(ref payload, out StreamDataBlockedFrame streamBlocked):
                return _streams.HandleStreamDataBlocked(streamBlocked);
            case FrameType.StreamsBlockedBidirectional or FrameType.StreamsBlockedUnidirectional
                when StreamsBlockedFrame.TryParse(type, ref payload, out StreamsBlockedFrame streamsBlocked):
                return _streams.HandleStreamsBlocked(streamsBlocked);
            default:
                return TransportErrorCode.FrameEncodingError;
        }
    }

    private TransportErrorCode HandleAck(Timestamp now, PacketSpace space, in AckFrame ack)
    {
        TimeSpan delay = TimeSpan.Zero;
        if (space.Level == EncryptionLevel.Application && _peerParameters is { } parameters)
        {
            // The wire has microseconds, shifted; a value that overflows is cut off below the limit that recovery applies anyway.
            long limit = (long)TimeSpan.FromSeconds(60).TotalMicroseconds;
            long microseconds = ack.Delay > limit >> parameters.AckDelayExponent ? limit : ack.Delay << parameters.AckDelayExponent;
            delay = TimeSpan.FromMicroseconds(microseconds);
        }

        _ackResult.Clear();
        TransportErrorCode error = _loss.OnAckReceived(space.Level, ack, delay, now, _ackResult);
        if (error != TransportErrorCode.NoError)
        {
            return error;
        }

        if (_ackResult.AnyNewlyAcked)
        {
            if (space.Level == EncryptionLevel.Handshake && _isClient)
            {
                SetRecoveryState(peerAddressValidated: true);
            }

            if (space.Level == EncryptionLevel.Application)
            {
                _oneRtt?.OnPacketAcknowledged(_ackResult.LargestNewlyAcked);
                _path.Mtu.OnAckedSize(_ackResult.LargestAckedBytes);
            }
        }

        foreach (SentFrame frame in _ackResult.Acked)
        {
            OnFrameAcked(space, frame);
        }

        ApplyLost(now, space.Level);
        return TransportErrorCode.NoError;
    }

    private void OnFrameAcked(PacketSpace space, in SentFrame frame)
    {
        switch (frame.Kind)
        {
            case SentFrameKind.Ack:
                space.Acks.OnAckAcknowledged(frame.Offset);
                break;
            case SentFrameKind.Crypto:
                space.CryptoOut.OnAcknowledged(frame.Offset, frame.Length, fin: false);
                break;
            case SentFrameKind.NewConnectionId:
                _localIds.OnAcked(frame.Id);
                break;
            case SentFrameKind.RetireConnectionId:
                _peerIds.OnRetireAcked(frame.Id);
                break;
            case SentFrameKind.MtuProbe:
                _path.Mtu.OnProbeAcked(frame.Length);
                OnMtuChanged();
                break;
            case SentFrameKind.HandshakeDone or SentFrameKind.Ping or SentFrameKind.NewToken
                or SentFrameKind.PathChallenge or SentFrameKind.PathResponse or SentFrameKind.Datagram:
                break;
            default:
                _streams.OnAcked(frame);
                break;
        }
    }

    /// <summary>What was lost, or is to be sent again as a probe, waits to be sent once more.</summary>
    private void ApplyLost(Timestamp now, EncryptionLevel level)
    {
        if (_ackResult.LargestLostBytes > 0 && _path.Mtu.OnPacketLost(now, _ackResult.LargestLostBytes))
        {
            OnMtuChanged();
        }

        PacketSpace space = Space(level);
        foreach (SentFrame frame in _ackResult.Lost)
        {
            OnFrameLost(space, frame);
        }

        foreach (SentFrame frame in _ackResult.Resend)
        {
            OnFrameLost(space, frame);
        }
    }

    private void OnFrameLost(PacketSpace space, in SentFrame frame)
    {
        switch (frame.Kind)
        {
            case SentFrameKind.Crypto:
                space.CryptoOut.OnLost(frame.Offset, frame.Length, fin: false);
                break;
            case SentFrameKind.HandshakeDone:
                _handshakeDonePending = true;
                break;
            case SentFrameKind.NewConnectionId:
                _localIds.OnLost(frame.Id);
                break;
            case SentFrameKind.RetireConnectionId:
                _peerIds.OnRetireLost(frame.Id);
                break;
            case SentFrameKind.MtuProbe:
                _path.Mtu.OnProbeLost(frame.Length);
                break;
            case SentFrameKind.Datagram:
                _statistics.DatagramFramesLost += frame.Length;
                break;
            case SentFrameKind.Ack or SentFrameKind.Ping or SentFrameKind.NewToken or SentFrameKind.PathChallenge or SentFrameKind.PathResponse:
                break;
            default:
                _streams.OnLost(frame);
                break;
        }
    }

    private TransportErrorCode HandleRetire(in RetireConnectionIdFrame frame)
    {
        TransportErrorCode error = _localIds.HandleRetire(frame.Sequence, _packetDestination, out ConnectionId? retired);
        if (retired is { } id)
        {
            _endpointEvents.Enqueue(new EndpointEvent(EndpointEventKind.RetireConnectionId, Id: id));
            RequestConnectionIds();
        }

        return error;
    }
}
