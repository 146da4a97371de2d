using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core.Paths;

/// <summary>
/// The connection IDs that we gave to the peer (RFC 9000, section 5.1.1). The endpoint makes the IDs and routes by them;
/// this says how many are wanted, tells the peer of them, and takes them back.
/// </summary>
internal sealed class LocalConnectionIds
{
    /// <summary>The most IDs active at once: one in use and four to spare.</summary>
    public const int MaxActive = 5;

    // The IDs that the peer may still use: at most MaxActive, and as many again while it is asked to retire.
    private readonly List<Issued> _issued = new(MaxActive);
    private readonly bool _zeroLength;
    private long _nextSequence = 1;
    private long _largestSent;
    private long _retirePriorTo;

    /// <summary>Starts with the ID that the handshake chose: sequence number 0, known to the peer.</summary>
    public LocalConnectionIds(ConnectionId initial)
    {
        _zeroLength = initial.Length == 0;
        _issued.Add(new(0, initial, default, IssueState.Acknowledged));
    }

    private enum IssueState
    {
        Pending,
        Sent,
        Acknowledged,
    }

    /// <summary>How many IDs the peer may use at present.</summary>
    public int Count => _issued.Count;

    /// <summary>Whether a NEW_CONNECTION_ID frame waits to be sent.</summary>
    public bool HasPending => IndexOfPending() >= 0;

    /// <summary>How many more IDs to make and <see cref="Issue"/>, given the peer's active_connection_id_limit.</summary>
    public int Wanted(int peerLimit)
    {
        if (_zeroLength)
        {
            return 0;
        }

        // IDs that the peer is asked to retire do not count against its limit (RFC 9000, section 5.1.1), but against our memory.
        int active = 0;
        foreach (Issued issued in _issued)
        {
            active += issued.Sequence >= _retirePriorTo ? 1 : 0;
        }

        return Math.Max(0, Math.Min(Math.Min(peerLimit, MaxActive) - active, (2 * MaxActive) - _issued.Count));
    }

    /// <summary>Adds an ID, to be announced to the peer. Returns its sequence number.</summary>
    public long Issue(ConnectionId id, in StatelessResetToken token)
    {
        long sequence = _nextSequence++;
        _issued.Add(new(sequence, id, token, IssueState.Pending));
        return sequence;
    }

    /// <summary>
    /// Asks the peer, in the frames that follow, to retire every ID issued so far. IDs issued from now on take their place.
    /// </summary>
    public void RetireAll() => _retirePriorTo = _nextSequence;

    /// <summary>
    /// The peer retires an ID (RFC 9000, section 19.16). One that was never sent, or that carried this very frame, is a
    /// PROTOCOL_VIOLATION; one retired before is nothing.
    /// </summary>
    /// <param name="sequence">The sequence number in the frame.</param>
    /// <param name="carrying">The destination ID of the packet that held the frame.</param>
    /// <param name="retired">The ID to stop routing, if this ended one.</param>
    public TransportErrorCode HandleRetire(long sequence, ConnectionId carrying, out ConnectionId? retired)
    {
        retired = null;
        if (_zeroLength || sequence > _largestSent)
        {
            return TransportErrorCode.ProtocolViolation;
        }

        int index = IndexOf(sequence);
        if (index < 0)
        {
            return TransportErrorCode.NoError;
        }

        ConnectionId id = _issued[index].Id;
        if (id == carrying)
        {
            return TransportErrorCode.ProtocolViolation;
        }

        retired = id;
        _issued.RemoveAt(index);
        return TransportErrorCode.NoError;
    }

    /// <summary>Takes the next NEW_CONNECTION_ID frame to send. If it does not fit after all, <see cref="OnLost"/> puts it back.</summary>
    public bool TryGetPending(out NewConnectionIdFrame frame)
    {
        int index = IndexOfPending();
        if (index < 0)
        {
            frame = default;
            return false;
        }

        Issued issued = _issued[index];
        _issued[index] = issued with { State = IssueState.Sent };
        _largestSent = Math.Max(_largestSent, issued.Sequence);

        // An ID announced late may itself be among those to retire; the field must not exceed its own number (section 19.15).
        frame = new(issued.Sequence, Math.Min(_retirePriorTo, issued.Sequence), issued.Id, issued.Token);
        return true;
    }

    /// <summary>The frame with that sequence number was lost: it is sent again, unless the ID is gone or known to the peer.</summary>
    public void OnLost(long sequence)
    {
        int index = IndexOf(sequence);
        if (index >= 0 && _issued[index].State == IssueState.Sent)
        {
            _issued[index] = _issued[index] with { State = IssueState.Pending };
        }
    }

    /// <summary>The frame with that sequence number arrived.</summary>
    public void OnAcked(long sequence)
    {
        int index = IndexOf(sequence);
        if (index >= 0)
        {
            _issued[index] = _issued[index] with { State = IssueState.Acknowledged };
        }
    }

    /// <summary>Adds every ID that the peer may still use to a list: what the endpoint has to forget when the connection ends.</summary>
    public void CopyTo(List<ConnectionId> destination)
    {
        foreach (Issued issued in _issued)
        {
            destination.Add(issued.Id);
        }
    }

    private int IndexOf(long sequence)
    {
        for (int i = 0; i < _issued.Count; i++)
        {
            if (_issued[i].Sequence == sequence)
            {
                return i;
            }
        }

        return -1;
    }

    private int IndexOfPending()
    {
        for (int i = 0; i < _issued.Count; i++)
        {
            if (_issued[i].State == IssueState.Pending)
            {
                return i;
            }
        }

        return -1;
    }

    private readonly record struct Issued(long Sequence, ConnectionId Id, StatelessResetToken Token, IssueState State);
}
