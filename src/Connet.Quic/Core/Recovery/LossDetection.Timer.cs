using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>The one timer of loss detection: time-threshold losses and probe timeouts (RFC 9002, sections 6.1.2 and 6.2).</summary>
internal sealed partial class LossDetection
{
    private const int ProbesPerTimeout = 2;

    /// <summary>Beyond this the backoff no longer doubles; the idle timeout has long ended the connection by then.</summary>
    private const int MaxBackoff = 20;

    private Timestamp _now;
    private bool _deadlineIsStale;
    private bool _started;
    private bool _hasHandshakeKeys;
    private bool _handshakeConfirmed;
    private bool _peerValidatedAddress;
    private bool _antiAmplificationBlocked;

    /// <summary>A server that may not send has no use for a probe timeout (RFC 9002, section 6.2.2.1).</summary>
    public bool AntiAmplificationBlocked
    {
        get => _antiAmplificationBlocked;
        set
        {
            if (_antiAmplificationBlocked != value)
            {
                _antiAmplificationBlocked = value;
                Rearm();
            }
        }
    }

    /// <summary>
    /// Whether the server has validated the client's address; clients always validate the server's (RFC 9002, appendix A.8).
    /// </summary>
    private bool PeerCompletedAddressValidation => _isServer || _peerValidatedAddress || _handshakeConfirmed;

    private bool AnyAckElicitingInFlight =>
        _spaces[0].AckElicitingInFlight + _spaces[1].AckElicitingInFlight + _spaces[2].AckElicitingInFlight > 0;

    /// <summary>Says how far the handshake is.</summary>
    /// <param name="hasHandshakeKeys">Probes may be sent at the Handshake level.</param>
    /// <param name="handshakeConfirmed">RFC 9001, section 4.1.2.</param>
    /// <param name="peerAddressValidated">
    /// On a client: the server is known to have validated our address. An acknowledged Handshake packet is noticed by itself.
    /// </param>
    public void SetHandshakeState(bool hasHandshakeKeys, bool handshakeConfirmed, bool peerAddressValidated)
    {
        _hasHandshakeKeys = hasHandshakeKeys;
        _handshakeConfirmed = handshakeConfirmed;
        _peerValidatedAddress |= peerAddressValidated;
        Rearm();
    }

    /// <summary>The peer's max_ack_delay.</summary>
    public void SetMaxAckDelay(TimeSpan maxAckDelay)
    {
        _maxAckDelay = maxAckDelay;
        Rearm();
    }

    /// <summary>
    /// Handles <see cref="Deadline"/> (RFC 9002, appendix A.9): declares packets lost by time, or asks for one or two
    /// ack-eliciting packets at <paramref name="probeLevel"/>. Before the deadline it
    /// does nothing. <paramref name="result"/> is cleared first.
    /// </summary>
    public void OnTimeout(Timestamp now, AckResult result, out EncryptionLevel? probeLevel)
    {
        result.Clear();
        probeLevel = null;
        if (now < Deadline || Deadline.IsNever)
        {
            return;
        }

        _now = now;
        PacketNumberSpace? space = EarliestLoss();
        if (space is not null)
        {
            result.Level = (EncryptionLevel)Array.IndexOf(_spaces, space);
            DetectLost(space, now, result);
            Rearm();
            return;
        }

        ProbeDeadline(out EncryptionLevel level);
        probeLevel = level;
        _spaces[(int)level].ProbesPending = ProbesPerTimeout;
        PtoCount++;
        Rearm();
    }

    /// <summary>SetLossDetectionTimer of RFC 9002, appendix A.8.</summary>
    private void Rearm()
    {
        _deadlineIsStale = false;
        PacketNumberSpace? space = EarliestLoss();
        if (space is not null)
        {
            Deadline = space.LossTime;
        }
        else if (!_started || _antiAmplificationBlocked || (!AnyAckElicitingInFlight && PeerCompletedAddressValidation))
        {
            Deadline = Timestamp.Never;
        }
        else
        {
            Deadline = ProbeDeadline(out _);
        }
    }

    private PacketNumberSpace? EarliestLoss()
    {
        PacketNumberSpace? earliest = null;
        foreach (PacketNumberSpace space in _spaces)
        {
            if (space.LossTime < (earliest?.LossTime ?? Timestamp.Never))
            {
                earliest = space;
            }
        }

        return earliest;
    }

    /// <summary>GetPtoTimeAndSpace of RFC 9002, appendix A.8.</summary>
    private Timestamp ProbeDeadline(out EncryptionLevel level)
    {
        int backoff = Math.Min(PtoCount, MaxBackoff);
        TimeSpan duration = new(_rtt.ProbeTimeout(TimeSpan.Zero).Ticks << backoff);
        if (!AnyAckElicitingInFlight)
        {
            // Against the deadlock of a server that waits for our address to be validated (RFC 9002, section 6.2.2.1).
            level = _hasHandshakeKeys ? EncryptionLevel.Handshake : EncryptionLevel.Initial;
            return _now + duration;
        }

        level = EncryptionLevel.Initial;
        Timestamp earliest = Timestamp.Never;
        for (EncryptionLevel candidate = EncryptionLevel.Initial; candidate <= EncryptionLevel.Application; candidate++)
        {
            PacketNumberSpace space = _spaces[(int)candidate];
            if (space.AckElicitingInFlight == 0)
            {
                continue;
            }

            if (candidate == EncryptionLevel.Application)
            {
                // The peer may lack the keys to read 1-RTT packets until then (RFC 9002, section 6.2.1).
                if (!_handshakeConfirmed)
                {
                    break;
                }

                duration += new TimeSpan(_maxAckDelay.Ticks << backoff);
            }

            Timestamp deadline = space.LastAckElicitingSentAt + duration;
            if (deadline < earliest)
            {
                earliest = deadline;
                level = candidate;
            }
        }

        return earliest;
    }
}
