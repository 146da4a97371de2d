using Connet.Quic.Core.Paths;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;
using Path = Connet.Quic.Core.Paths.Path;

namespace Connet.Quic.Core;

/// <content>Path validation and a peer whose address changes (RFC 9000, sections 8.2 and 9), and our connection IDs.</content>
internal sealed partial class Connection
{
    private OffPathResponse? _offPathResponse;
    private int _requestedIds;
    private bool _initialIdHeld;
    private long _lastOnInitialId;

    /// <summary>Takes the connection IDs asked for with <see cref="EndpointEventKind.NeedConnectionIds"/>; they are routed to us already.</summary>
    public void AddConnectionIds(ReadOnlySpan<(ConnectionId Id, StatelessResetToken Token)> ids)
    {
        _requestedIds = Math.Max(0, _requestedIds - ids.Length);
        foreach ((ConnectionId id, StatelessResetToken token) in ids)
        {
            _localIds.Issue(id, token);
        }
    }

    /// <summary>Starts a key update where the rules allow one (RFC 9001, section 6); false: not now.</summary>
    internal bool InitiateKeyUpdate(Timestamp now)
    {
        if (State != ConnectionState.Established || _oneRtt is not { CanUpdate: true } keys)
        {
            return false;
        }

        keys.InitiateUpdate(now, ProbeTimeout);
        return true;
    }

    /// <summary>
    /// A client's first ID has no reset token, so a server that stayed on it could not tell the reset of a client that was
    /// started anew. It goes on to the next ID as soon as there is one (RFC 9000, sections 5.1.1, 5.1.2 and 10.3.1).
    /// </summary>
    private void LeaveInitialId()
    {
        if (_peerIds.LacksToken && _handshake.IsConfirmed && _previousPath is null && _peerIds.TryLeaveInitial())
        {
            _initialIdHeld = true;
            _lastOnInitialId = _loss.LargestSent(EncryptionLevel.Application);
        }

        // Retired earlier, it would take with it what is on its way to it, if the network reorders.
        if (_initialIdHeld && _loss.IsSettled(EncryptionLevel.Application, _lastOnInitialId))
        {
            _initialIdHeld = false;
            _peerIds.ReleaseInitial();
        }
    }

    private TransportErrorCode HandlePathChallenge(in NetworkAddress from, in PathChallengeFrame challenge)
    {
        if (from == _path.Remote)
        {
            _path.Validator.OnChallengeReceived(challenge.Data);
        }
        else
        {
            // One answer waits at most: a flood of challenges replaces it, and never piles up.
            _offPathResponse = new OffPathResponse(from, challenge.Data, _datagramLength);
        }

        return TransportErrorCode.NoError;
    }

    private TransportErrorCode HandlePathResponse(in PathResponseFrame response)
    {
        if (_path.Validator.OnResponse(response.Data))
        {
            _path.AntiAmplification.MarkValidated();
            _loss.AntiAmplificationBlocked = false;
            if (_previousPath is not null)
            {
                _previousPath = null;
                _events.Enqueue(new ConnectionEvent(ConnectionEventKind.PathChanged));
            }
        }

        return TransportErrorCode.NoError;
    }

    /// <summary>The newest packet came from another address: the client's NAT gave it a new one, or it moved (RFC 9000, section 9.3).</summary>
    private void OnPeerMoved(Timestamp now, in NetworkAddress from)
    {
        if (_previousPath?.Remote == from)
        {
            // The peer is where it was: the packet in between was a copy that somebody sent from elsewhere (section 9.3.3).
            ReturnToPreviousPath();
            return;
        }

        Path known = _previousPath ?? _path;
        bool samePlace = known.Remote.Ip == from.Ip;
        Path path = samePlace ? new Path(from, known) : CreatePath(from);
        path.AntiAmplification.OnDatagramReceived(_datagramLength);
        if (!samePlace)
        {
            path.Mtu.SetPeerMax(_peerParameters?.MaxUdpPayloadSize ?? _config.MaxDatagramSize);
        }

        // A validated path is kept to go back to: the packet may have been copied by an attacker. An unvalidated one is not.
        _previousPath = known;
        if (_offPathResponse is { } response && response.Remote == from)
        {
            // The answer shares the new path's allowance: on its own it would double what this datagram allows.
            _offPathResponse = null;
            path.Validator.OnChallengeReceived(response.Data);
        }

        _peerIds.TryRotate();
        SwitchPath(path);
        TimeSpan fresh = new RttEstimator().ProbeTimeout(_peerParameters?.MaxAckDelay ?? TimeSpan.Zero);
        _path.Validator.Start(now, ProbeTimeout > fresh ? ProbeTimeout : fresh, _random);
    }

    private void ReturnToPreviousPath()
    {
        Path previous = _previousPath!;
        _previousPath = null;
        SwitchPath(previous);
    }

    private void SwitchPath(Path path)
    {
        bool sameWay = ReferenceEquals(path.Congestion, _path.Congestion);
        _path = path;
        DropUnsendableDatagrams();
        _loss.AntiAmplificationBlocked = false;
        if (!sameWay)
        {
            _loss.OnPathChanged(path.Congestion, path.Rtt);
        }
    }

    private void OnPathTimeout(Timestamp now)
    {
        _path.Validator.HandleTimeout(now);
        if (_path.Validator.Failed && _previousPath is not null)
        {
            ReturnToPreviousPath();
        }
    }

    private void WritePathFrames(ref Span<byte> cursor)
    {
        if (_path.Validator.TryGetResponse(out ulong response))
        {
            new PathResponseFrame(response).TryWrite(ref cursor);
            _sent.Add(new SentFrame(SentFrameKind.PathResponse));
        }

        if (_path.Validator.TryGetChallenge(out ulong challenge))
        {
            new PathChallengeFrame(challenge).TryWrite(ref cursor);
            _sent.Add(new SentFrame(SentFrameKind.PathChallenge));
        }
    }

    private bool WriteOffPathResponse(Timestamp now, Span<byte> buffer, ref Transmit transmit)
    {
        if (_offPathResponse is not { } pending || !_handshake.IsConfirmed)
        {
            return false;
        }

        _offPathResponse = null;
        PacketSpace space = Space(EncryptionLevel.Application);

        // Not more than three times what came from there, and full size where that allows it (RFC 9000, section 8.2.2).
        int size = Math.Min(MtuDiscovery.BaseSize, 3 * pending.BytesReceived);
        if (size < MinPacketRoom || _loss.BytesInFlight + size > _path.Congestion.CongestionWindow)
        {
            return false;
        }

        PacketBuilder builder = BeginPacket(space, buffer[..size]);
        Span<byte> cursor = builder.Payload;
        new PathResponseFrame(pending.Data).TryWrite(ref cursor);
        _sent.Add(new SentFrame(SentFrameKind.PathResponse));
        int length = FinishPacket(space, ref builder, cursor, size);
        _loss.OnPacketSent(space.Level, builder.PacketNumber, now, length, ackEliciting: true, inFlight: true, _sent.Frames);
        OnElicitingSent(now);
        transmit = new Transmit(pending.Remote, length, length);
        _statistics.DatagramsSent++;
        _statistics.BytesSent += length;
        return true;
    }

    private void OnMtuChanged()
    {
        _path.Congestion.SetMaxDatagramSize(_path.Mtu.Current);
        _path.Pacer.SetMaxDatagramSize(_path.Mtu.Current);
        DropUnsendableDatagrams();
    }

    private readonly record struct OffPathResponse(NetworkAddress Remote, ulong Data, int BytesReceived);
}
