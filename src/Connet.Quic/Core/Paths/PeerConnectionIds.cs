using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core.Paths;

/// <summary>
/// The connection IDs that the peer gave to us: one in use as destination, the others to spare (RFC 9000, sections 5.1.1
/// and 5.1.2). IDs are used in the order of their numbers, so that whatever lies below the one in use is spent.
/// </summary>
internal sealed class PeerConnectionIds
{
    /// <summary>The active_connection_id_limit that we announce unless told otherwise: one in use and four to spare.</summary>
    public const int DefaultActiveLimit = 5;

    // RFC 9000, section 5.1.2 asks for at least twice the limit.
    private const int RetirementFactor = 4;

    private readonly List<Known> _spare;
    private readonly RetirementSet _retiring;
    private Known _current;
    private long _retirePriorTo;

    /// <summary>Starts with the destination ID of the first packets.</summary>
    /// <param name="initial">For a client the random one of its first Initial, for a server the client's source ID.</param>
    /// <param name="activeLimit">Our active_connection_id_limit, 2 or more.</param>
    public PeerConnectionIds(ConnectionId initial, int activeLimit = DefaultActiveLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(activeLimit, 2);
        ActiveLimit = activeLimit;
        _spare = new(activeLimit + 1);
        _retiring = new(RetirementFactor * activeLimit);
        _current = new(0, initial, null);
    }

    /// <summary>The ID to send to.</summary>
    public ConnectionId Current => _current.Id;

    /// <summary>The sequence number of <see cref="Current"/>.</summary>
    public long CurrentSequence => _current.Sequence;

    /// <summary>Whether the ID in use has no reset token: only that of the handshake can lack one.</summary>
    public bool LacksToken => _current.Sequence == 0 && _current.Token is null;

    /// <summary>How many IDs we keep, the one in use included: what the active_connection_id_limit parameter must say.</summary>
    public int ActiveLimit { get; }

    /// <summary>How many IDs there are to rotate to.</summary>
    public int SpareCount => _spare.Count;

    /// <summary>Whether a RETIRE_CONNECTION_ID frame waits to be sent.</summary>
    public bool HasPendingRetire => _retiring.HasPending;

    /// <summary>How many retirements the peer has not acknowledged; bounded.</summary>
    public int RetiringCount => _retiring.Count;

    /// <summary>
    /// Takes over the ID that the peer chose: a server's in a Retry, either's in its first authentic Initial (RFC 9000,
    /// section 7.2). Still number 0.
    /// </summary>
    public void SetCurrentFromServer(ConnectionId id) => _current = new(0, id, _current.Token);

    /// <summary>Applies the stateless_reset_token parameter, which belongs to number 0.</summary>
    public void SetInitialResetToken(in StatelessResetToken token)
    {
        if (_current.Sequence == 0)
        {
            _current = _current with { Token = token };
        }
    }

    /// <summary>
    /// Takes a NEW_CONNECTION_ID frame (RFC 9000, section 19.15). PROTOCOL_VIOLATION: the peer uses zero-length IDs, or
    /// contradicts itself. CONNECTION_ID_LIMIT_ERROR: more active IDs than we allow, or more retirements than the peer acknowledges.
    /// </summary>
    public TransportErrorCode HandleNew(in NewConnectionIdFrame frame)
    {
        if (_current.Id.Length == 0)
        {
            return TransportErrorCode.ProtocolViolation;
        }

        TransportErrorCode error = Contradicts(frame, _current, out bool known);
        for (int i = 0; i < _spare.Count && error == TransportErrorCode.NoError; i++)
        {
            error = Contradicts(frame, _spare[i], out bool same);
            known |= same;
        }

        if (error != TransportErrorCode.NoError)
        {
            return error;
        }

        if (!known)
        {
            if (frame.Sequence < _retirePriorTo || frame.Sequence < _current.Sequence)
            {
                // Late, or a repetition of one that is spent: either way it is not to be used but given back.
                return Retire(frame.Sequence);
            }

            Insert(new(frame.Sequence, frame.ConnectionId, frame.Token));
        }

        error = RetireBelow(frame.RetirePriorTo);
        return error == TransportErrorCode.NoError && 1 + _spare.Count > ActiveLimit ? TransportErrorCode.ConnectionIdLimitError : error;
    }

    /// <summary>
    /// Switches to the next ID and retires the one in use, as for a new path. <c>false</c>: none to spare, or too many
    /// retirements outstanding.
    /// </summary>
    public bool TryRotate()
    {
        if (_spare.Count == 0 || !_retiring.TryAdd(_current.Sequence))
        {
            return false;
        }

        TakeNext();
        return true;
    }

    /// <summary>
    /// Switches from the ID of the handshake to the next one if it came without a reset token, as a client's does (RFC
    /// 9000, section 5.1.1): only then can a reset of the peer be told. Every other ID has a token, so this happens once.
    /// Its retirement waits for <see cref="ReleaseInitial"/>. <c>false</c>: no reason to, or the next one is not there yet.
    /// </summary>
    public bool TryLeaveInitial()
    {
        // If number 1 was lost and 2 is there already, 1 is worth waiting for: it would have to be given back unused.
        if (!LacksToken || _spare.Count == 0 || _spare[0].Sequence != 1 || !_retiring.TryAdd(0, held: true))
        {
            return false;
        }

        TakeNext();
        return true;
    }

    /// <summary>Nothing sent to the ID of the handshake is on its way any more: it can be retired.</summary>
    public void ReleaseInitial() => _retiring.Release(0);

    /// <summary>
    /// Takes the sequence number for the next RETIRE_CONNECTION_ID frame. If it does not fit after all, <see
    /// cref="OnRetireLost"/> puts it back.
    /// </summary>
    public bool TryGetPendingRetire(out long sequence) => _retiring.TryGetPending(out sequence);

    /// <summary>A RETIRE_CONNECTION_ID frame was lost.</summary>
    public void OnRetireLost(long sequence) => _retiring.OnLost(sequence);

    /// <summary>A RETIRE_CONNECTION_ID frame arrived.</summary>
    public void OnRetireAcked(long sequence) => _retiring.OnAcked(sequence);

    /// <summary>
    /// Whether a datagram that ends in these bytes is a stateless reset. Only the token of the ID in use counts: those of
    /// unused and of retired ones must not (RFC 9000, section 10.3.1). The all-zero token never matches.
    /// </summary>
    public bool IsResetToken(in StatelessResetToken token) =>
        _current.Token is { } expected && !expected.IsZero && expected.FixedTimeEquals(token);

    // A number has one ID and one token, and an ID or token has one number. The ID of the handshake may have no token.
    private static TransportErrorCode Contradicts(in NewConnectionIdFrame frame, in Known known, out bool same)
    {
        bool sameSequence = frame.Sequence == known.Sequence;
        bool sameId = frame.ConnectionId == known.Id;
        bool sameToken = known.Token is { } token ? frame.Token.FixedTimeEquals(token) : sameSequence;
        same = sameSequence && sameId && sameToken;
        return same || !(sameSequence || sameId || sameToken) ? TransportErrorCode.NoError : TransportErrorCode.ProtocolViolation;
    }

    private TransportErrorCode RetireBelow(long retirePriorTo)
    {
        if (retirePriorTo <= _retirePriorTo)
        {
            return TransportErrorCode.NoError;
        }

        _retirePriorTo = retirePriorTo;
        while (_spare.Count > 0 && _spare[0].Sequence < retirePriorTo)
        {
            TransportErrorCode error = Retire(_spare[0].Sequence);
            if (error != TransportErrorCode.NoError)
            {
                return error;
            }

            _spare.RemoveAt(0);
        }

        if (_current.Sequence >= retirePriorTo)
        {
            return TransportErrorCode.NoError;
        }

        // The frame that asks for this brought, or repeated, an ID with a number of at least Retire Prior To.
        TransportErrorCode result = _spare.Count == 0 ? TransportErrorCode.ProtocolViolation : Retire(_current.Sequence);
        if (result == TransportErrorCode.NoError)
        {
            TakeNext();
        }

        return result;
    }

    private TransportErrorCode Retire(long sequence) =>
        _retiring.TryAdd(sequence) ? TransportErrorCode.NoError : TransportErrorCode.ConnectionIdLimitError;

    private void TakeNext()
    {
        _current = _spare[0];
        _spare.RemoveAt(0);
    }

    private void Insert(in Known known)
    {
        int index = _spare.Count;
        while (index > 0 && _spare[index - 1].Sequence > known.Sequence)
        {
            index--;
        }

        _spare.Insert(index, known);
    }

    private readonly record struct Known(long Sequence, ConnectionId Id, StatelessResetToken? Token);
}
