using Connet.Quic.Core.Paths;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;
using Path = Connet.Quic.Core.Paths.Path;

namespace Connet.Quic.Core;

/// <content>Path validation and a peer whose address changes (RFC 9000, sections 8.2 and 9), and our connection IDs.</content>
internal sealed partial class Connection
{
    private OffPathResponse? _offPathResponse;

    /// <summary>Takes the connection IDs asked for with <see cref="EndpointEventKind.NeedConnectionIds"/>; they are routed to us already.</summary>
    public void AddConnectionIds(ReadOnlySpan<(ConnectionId Id, StatelessResetToken Token)> ids)
    {
        foreach ((ConnectionId id, StatelessResetToken token) in ids)
        {
            _localIds.Issue(id, token);
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
        Path path = CreatePath(from);
        path.AntiAmplification.OnDatagramReceived(_datagramLength);
        path.Mtu.SetPeerMax(_peerParameters?.MaxUdpPayloadSize ?? _config.MaxDatagramSize);

        // A validated path is kept to go back to: the packet may have been copied by an attacker. An unvalidated one is not.
        _previousPath = _previousPath ?? _path;
        _path = path;
        if (_offPathResponse is { } response && response.Remote == from)
        {
            // The answer shares the new path's allowance: on its own it would double what this datagram allows.
            _offPathResponse = null;
            path.Validator.OnChallengeReceived(response.Data);
        }

        _peerIds.TryRotate();
        _loss.OnPathChanged(path.Congestion, path.Rtt);
        _loss.AntiAmplificationBlocked = false;
        _path.Validator.Start(now, ProbeTimeout, _random);
    }

    private void OnPathTimeout(Timestamp now)
    {
        _path.Validator.HandleTimeout(now);
        if (_path.Validator.Failed && _previousPath is { } previous)
        {
            _path = previous;
            _previousPath = null;
            _loss.OnPathChanged(_path.Congestion, _path.Rtt);
            _loss.AntiAmplificationBlocked = false;
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
    }

    private readonly record struct OffPathResponse(NetworkAddress Remote, ulong Data, int BytesReceived);
}
