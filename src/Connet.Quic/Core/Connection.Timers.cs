using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core;

/// <content>Deadlines: one is reported, the earliest; on expiry everything that is due is done.</content>
internal sealed partial class Connection
{
    private readonly Timestamp _handshakeStarted;
    private Timestamp _lastReceived;
    private Timestamp _idleSince;

    /// <summary>When the last packet came that was decrypted and no duplicate; when the connection was made, if none did.</summary>
    public Timestamp LastReceived => _lastReceived;

    private TimeSpan ProbeTimeout => _path.Rtt.ProbeTimeout(_peerParameters?.MaxAckDelay ?? TimeSpan.Zero);

    /// <summary>When <see cref="HandleTimeout"/> must be called next, or <see cref="Timestamp.Never"/>. Never earlier than something can be done.</summary>
    public Timestamp PollTimeout()
    {
        if (State is ConnectionState.Closing or ConnectionState.Draining or ConnectionState.Drained)
        {
            return _closeDeadline;
        }

        Timestamp deadline = Timestamp.Min(_loss.Deadline, IdleDeadline);
        deadline = Timestamp.Min(deadline, _path.Validator.Deadline);
        deadline = Timestamp.Min(deadline, SendDeadline);
        if (State == ConnectionState.Handshake)
        {
            return Timestamp.Min(deadline, HandshakeDeadline);
        }

        deadline = Timestamp.Min(deadline, KeepAliveDeadline);
        deadline = Timestamp.Min(deadline, _path.Mtu.Deadline);
        return _oneRtt is { } keys ? Timestamp.Min(deadline, keys.DiscardDeadline) : deadline;
    }

    /// <summary>Does everything that is due at <paramref name="now"/>. Calling it early or twice does no harm.</summary>
    public void HandleTimeout(Timestamp now)
    {
        switch (State)
        {
            case ConnectionState.Drained:
                return;
            case ConnectionState.Closing or ConnectionState.Draining:
                if (now >= _closeDeadline)
                {
                    Drain();
                }

                return;
        }

        if (now >= IdleDeadline)
        {
            // Silently: the peer has given up too, or is not there (RFC 9000, section 10.1).
            End(now, ConnectionState.Drained, new ConnectionCloseReason(ConnectionCloseKind.IdleTimeout, 0, "nothing arrived within the idle timeout"));
            return;
        }

        if (State == ConnectionState.Handshake && now >= HandshakeDeadline)
        {
            _closePending = true;
            _closeFrameType = 0;
            End(now, ConnectionState.Closing, new ConnectionCloseReason(
                ConnectionCloseKind.HandshakeTimeout, (long)TransportErrorCode.NoError, "the handshake made no progress in time"));
            return;
        }

        if (now >= _loss.Deadline)
        {
            OnLossTimeout(now);
        }

        if (now >= KeepAliveDeadline)
        {
            Space(EncryptionLevel.Application).PingPending = true;
            _keepAliveSent = true;
        }

        _oneRtt?.HandleTimeout(now);
        OnPathTimeout(now);
    }

    /// <summary>Sends a PING with the next packet, to learn whether the peer is still there; one that lost its state answers with a stateless reset.</summary>
    public void Ping()
    {
        if (State == ConnectionState.Established)
        {
            Space(EncryptionLevel.Application).PingPending = true;
        }
    }

    /// <summary>When packets wait to be sent: acknowledgements, and what the pacer holds back.</summary>
    private Timestamp SendDeadline
    {
        get
        {
            if (_loss.AntiAmplificationBlocked || _path.AntiAmplification.Available < MinPacketRoom)
            {
                // Nothing can be sent before something arrives: a deadline in the past would be reported for ever.
                return Timestamp.Never;
            }

            Timestamp deadline = _pacingDeadline;
            foreach (PacketSpace space in _spaces)
            {
                deadline = Timestamp.Min(deadline, HasWriteKeys(space) ? space.Acks.Deadline : Timestamp.Never);
            }

            return deadline;
        }
    }

    private Timestamp IdleDeadline
    {
        get
        {
            TimeSpan local = _config.MaxIdleTimeout;
            TimeSpan peer = _peerParameters?.MaxIdleTimeout ?? TimeSpan.Zero;
            TimeSpan timeout = local == TimeSpan.Zero ? peer : peer == TimeSpan.Zero || local < peer ? local : peer;
            if (timeout == TimeSpan.Zero)
            {
                return Timestamp.Never;
            }

            // At least three PTOs, so that probes can be answered before the connection is given up.
            TimeSpan floor = 3 * ProbeTimeout;
            return _idleSince + (timeout > floor ? timeout : floor);
        }
    }

    private Timestamp HandshakeDeadline =>
        Timestamp.Min(_lastReceived + _config.HandshakeIdleTimeout, _handshakeStarted + _config.HandshakeTimeout);

    private bool _keepAliveSent;

    private Timestamp KeepAliveDeadline =>
        State == ConnectionState.Established && _config.KeepAliveInterval > TimeSpan.Zero && !_keepAliveSent
            ? _lastReceived + _config.KeepAliveInterval
            : Timestamp.Never;

    private void OnElicitingSent(Timestamp now)
    {
        if (!_elicitingSentSinceReceive)
        {
            _elicitingSentSinceReceive = true;
            _idleSince = now;
        }
    }

    private void OnLossTimeout(Timestamp now)
    {
        _ackResult.Clear();
        _loss.OnTimeout(now, _ackResult, out EncryptionLevel? probeLevel);
        if (probeLevel is not { } level)
        {
            // Time-threshold losses, all of one space: the one whose timer it was.
            ApplyLost(now, _ackResult.Level);
            return;
        }

        PacketSpace space = Space(level);
        _ackResult.Clear();
        _loss.CollectProbeFrames(level, _ackResult);
        ApplyLost(now, level);
        if (_path.Mtu.OnProbeTimeout(now, _loss.PtoCount))
        {
            OnMtuChanged();
        }

        if (!HasData(space))
        {
            space.PingPending = true;
        }
    }
}
