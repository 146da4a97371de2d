using Connet.Quic.Core.Paths;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core;

/// <content>Datagrams out: what to send, whether it may be sent now, and how packets share a datagram.</content>
internal sealed partial class Connection
{
    /// <summary>Room that a further packet of a datagram is worth starting for: header, tag and a frame of some use.</summary>
    private const int MinPacketRoom = 128;

    private Timestamp _pacingDeadline = Timestamp.Never;

    /// <summary>
    /// Writes the next datagrams to send, all to one address and of one size but the last. Call it again until it
    /// returns false.
    /// </summary>
    /// <param name="now">The current time.</param>
    /// <param name="buffer">Room for at least one datagram of the largest size.</param>
    /// <param name="maxSegments">How many datagrams the socket takes in one call.</param>
    /// <param name="transmit">What was written.</param>
    public bool PollTransmit(Timestamp now, Span<byte> buffer, int maxSegments, out Transmit transmit)
    {
        transmit = default;
        _pacingDeadline = Timestamp.Never;
        if (_oneRtt is { IsNearlyExhausted: true })
        {
            // RFC 9001, section 6.6: no update was possible in time, so the connection ends while the key still can say so.
            CloseWith(now, TransportErrorCode.AeadLimitReached, 0, "a key is used up");
        }

        switch (State)
        {
            case ConnectionState.Closing when _closePending:
                return Emit(WriteCloseDatagram(buffer), ref transmit);
            case ConnectionState.Closing or ConnectionState.Draining or ConnectionState.Drained:
                return false;
        }

        if (_oneRtt is { ShouldUpdate: true, CanUpdate: true } keys)
        {
            keys.InitiateUpdate(now, ProbeTimeout);
        }

        if (!_isClient)
        {
            LeaveInitialId();
        }

        if (WriteOffPathResponse(now, buffer, ref transmit) || WriteMtuProbe(now, buffer, ref transmit))
        {
            return true;
        }

        int mtu = _path.Mtu.Current;
        int written = 0;
        int segment = 0;
        int segments = 0;
        while (segments < maxSegments && buffer.Length - written >= mtu)
        {
            int size = WriteDatagram(now, buffer.Slice(written, mtu));
            if (size == 0)
            {
                break;
            }

            segment = segments == 0 ? size : segment;
            segments++;
            written += size;
            if (size < mtu)
            {
                break;
            }
        }

        if (written == 0)
        {
            return false;
        }

        transmit = new Transmit(_path.Remote, written, segment);
        _statistics.DatagramsSent += segments;
        _statistics.BytesSent += written;
        return true;
    }

    private bool Emit(int size, ref Transmit transmit)
    {
        if (size == 0)
        {
            return false;
        }

        transmit = new Transmit(_path.Remote, size, size);
        _statistics.DatagramsSent++;
        _statistics.BytesSent += size;
        _path.AntiAmplification.OnSent(size);
        return true;
    }

    private int WriteDatagram(Timestamp now, Span<byte> buffer)
    {
        int limit = (int)Math.Min(buffer.Length, _path.AntiAmplification.Available);
        bool mayUseWindow = MayUseWindow(now, buffer.Length);
        EncryptionLevel? last = LastLevelToSend(now, mayUseWindow);
        if (last is null)
        {
            // With nothing to send there is nothing to wait for either.
            bool wants = HasDataAnywhere();
            _pacingDeadline = wants ? _pacingDeadline : Timestamp.Never;
            _loss.SetApplicationLimited(!wants);
            return 0;
        }

        if (limit < MinPacketRoom)
        {
            _loss.AntiAmplificationBlocked = true;
            return 0;
        }

        int written = 0;
        bool mustBeFull = false;
        for (EncryptionLevel level = EncryptionLevel.Initial; level <= last; level++)
        {
            PacketSpace space = Space(level);
            if (level != last && !WantsToSend(now, space, mayUseWindow))
            {
                continue;
            }

            bool data = mayUseWindow || _loss.ProbesPending(space.Level) > 0;
            if (level == EncryptionLevel.Initial && (_isClient || (data && HasData(space))))
            {
                // RFC 9000, section 14.1: datagrams with a client's or an ack-eliciting Initial are 1,200 bytes.
                mustBeFull = true;
                if (limit < MtuDiscovery.BaseSize)
                {
                    _loss.AntiAmplificationBlocked = true;
                    return 0;
                }
            }

            if (level == EncryptionLevel.Application && data && (_path.Validator.HasChallenge || _path.Validator.HasResponse))
            {
                // As full as the limit allows, so that the path is known to carry 1,200 bytes (RFC 9000, sections 8.2.1 and 8.2.2).
                mustBeFull = true;
            }

            if (limit - written < MinPacketRoom)
            {
                break;
            }

            written += WritePacket(now, space, buffer[written..limit], data, mustBeFull ? MtuDiscovery.BaseSize - written : 0, isLast: level == last);
        }

        _path.AntiAmplification.OnSent(written);
        return written;
    }

    private bool MayUseWindow(Timestamp now, int size)
    {
        long window = _path.Congestion.CongestionWindow;
        if (_loss.BytesInFlight + size > window)
        {
            return false;
        }

        if (_path.Pacer.Budget(now, window, _path.Rtt.Smoothed) >= size)
        {
            return true;
        }

        _pacingDeadline = _path.Pacer.NextSend(now, size, window, _path.Rtt.Smoothed);
        return false;
    }

    private EncryptionLevel? LastLevelToSend(Timestamp now, bool mayUseWindow)
    {
        for (EncryptionLevel level = EncryptionLevel.Application; level >= EncryptionLevel.Initial; level--)
        {
            if (WantsToSend(now, Space(level), mayUseWindow))
            {
                return level;
            }
        }

        return null;
    }

    private bool WantsToSend(Timestamp now, PacketSpace space, bool mayUseWindow) =>
        HasWriteKeys(space) && (space.Acks.IsAckDue(now) || ((mayUseWindow || _loss.ProbesPending(space.Level) > 0) && HasData(space)));

    private bool HasWriteKeys(PacketSpace space) =>
        space.Level == EncryptionLevel.Application ? _oneRtt is { IsExhausted: false } && _handshake.IsComplete : space.Keys is not null;

    private bool HasData(PacketSpace space) =>
        space.PingPending || space.CryptoOut.HasChunk || (space.Level == EncryptionLevel.Application && HasApplicationFrames());

    private bool HasDataAnywhere()
    {
        foreach (PacketSpace space in _spaces)
        {
            if (HasWriteKeys(space) && HasData(space))
            {
                return true;
            }
        }

        return false;
    }

    private bool HasApplicationFrames() =>
        _streams.HasPending || _datagramsOut.Count > 0 || _handshakeDonePending || _localIds.HasPending || _peerIds.HasPendingRetire || _path.Validator.HasChallenge || _path.Validator.HasResponse;
}
