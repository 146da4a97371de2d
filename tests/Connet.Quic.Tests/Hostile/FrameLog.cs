using System.Text;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Hostile;

/// <summary>Reads the frames that a <see cref="HostilePeer"/> gets, and counts them.</summary>
internal sealed class FrameLog
{
    public Dictionary<FrameType, int> Counts { get; } = [];

    public List<NewConnectionIdFrame> NewIds { get; } = [];

    public List<byte[]> Datagrams { get; } = [];

    public long? CloseCode { get; private set; }

    public string CloseReason { get; private set; } = string.Empty;

    public int Count(FrameType type) => Counts.GetValueOrDefault(type);

    /// <summary>Reads a payload; returns whether it asks for an acknowledgement.</summary>
    public bool Read(ReadOnlySpan<byte> payload, Action<long, byte[]> onCrypto)
    {
        bool eliciting = false;
        while (!payload.IsEmpty)
        {
            Require(FrameTypes.TryRead(ref payload, out FrameType type) == TransportErrorCode.NoError, type);
            eliciting |= FrameTypes.IsAckEliciting(type);
            Counts[type] = Count(type) + 1;
            ReadBody(type, ref payload, onCrypto);
        }

        return eliciting;
    }

    private void ReadBody(FrameType type, ref ReadOnlySpan<byte> payload, Action<long, byte[]> onCrypto)
    {
        switch (type)
        {
            case FrameType.Padding or FrameType.Ping or FrameType.HandshakeDone:
                break;
            case FrameType.Ack or FrameType.AckEcn:
                Require(AckFrame.TryParse(type, ref payload, out _), type);
                break;
            case FrameType.Crypto:
                Require(CryptoFrame.TryParse(ref payload, out CryptoFrame crypto), type);
                onCrypto(crypto.Offset, crypto.Data.ToArray());
                break;
            case FrameType.NewConnectionId:
                Require(NewConnectionIdFrame.TryParse(ref payload, out NewConnectionIdFrame id), type);
                NewIds.Add(id);
                break;
            case FrameType.ConnectionClose or FrameType.ConnectionCloseApplication:
                Require(ConnectionCloseFrame.TryParse(type, ref payload, out ConnectionCloseFrame close), type);
                CloseCode = close.ErrorCode;
                CloseReason = Encoding.UTF8.GetString(close.Reason);
                break;
            case FrameType.Datagram or FrameType.DatagramWithLength:
                Require(DatagramFrame.TryParse(type, ref payload, out DatagramFrame datagram), type);
                Datagrams.Add(datagram.Data.ToArray());
                break;
            case FrameType.PathChallenge:
                Require(PathChallengeFrame.TryParse(ref payload, out _), type);
                break;
            case FrameType.PathResponse:
                Require(PathResponseFrame.TryParse(ref payload, out _), type);
                break;
            case FrameType.RetireConnectionId:
                Require(RetireConnectionIdFrame.TryParse(ref payload, out _), type);
                break;
            default:
                ReadStreamFrame(type, ref payload);
                break;
        }
    }

    private static void ReadStreamFrame(FrameType type, ref ReadOnlySpan<byte> payload)
    {
        if (FrameTypes.IsStream(type))
        {
            Require(StreamFrame.TryParse(type, ref payload, out _), type);
            return;
        }

        // All the others that this library sends are one to three integers.
        int integers = type switch
        {
            FrameType.ResetStream => 3,
            FrameType.StopSending or FrameType.MaxStreamData or FrameType.StreamDataBlocked => 2,
            _ => 1,
        };
        for (int i = 0; i < integers; i++)
        {
            Require(VarInt.TryRead(ref payload, out _), type);
        }
    }

    private static void Require(bool condition, FrameType type) => Assert.That(condition, Is.True, () => $"a malformed {type} frame arrived");
}
