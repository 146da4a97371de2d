using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Wire.Frames;

/// <summary>What every frame must do: come back as it was written, and fail cleanly when cut short in either direction.</summary>
internal static class FrameCheck
{
    public delegate bool Writer(ref Span<byte> destination);

    public delegate bool Reader(FrameType type, ref ReadOnlySpan<byte> payload);

    /// <summary>Writes, and returns the bytes after having checked that no smaller destination is accepted or touched.</summary>
    public static byte[] Write(Writer write)
    {
        byte[] buffer = new byte[4096];
        Span<byte> rest = buffer;
        Assert.That(write(ref rest), Is.True);
        int length = buffer.Length - rest.Length;
        byte[] small = new byte[length];
        for (int size = 0; size < length; size++)
        {
            Span<byte> room = small.AsSpan(0, size);
            if (write(ref room) || room.Length != size || small.AsSpan().ContainsAnyExcept((byte)0))
            {
                Assert.Fail($"a destination of {size} bytes for a frame of {length}");
            }
        }

        return buffer[..length];
    }

    /// <summary>Reads the frame that the bytes hold, whole, and checks that each truncation of it fails.</summary>
    public static void Read(byte[] bytes, FrameType type, Reader read)
    {
        byte[] followed = [.. bytes, 0xaa, 0xbb];
        ReadOnlySpan<byte> payload = followed;
        Assert.That(FrameTypes.TryRead(ref payload, out FrameType found), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(found, Is.EqualTo(type));
        Assert.That(read(type, ref payload), Is.True);
        Assert.That(payload.ToArray(), Is.EqualTo((byte[])[0xaa, 0xbb]), "exactly the frame is consumed");
        for (int length = 1; length < bytes.Length; length++)
        {
            ReadOnlySpan<byte> cut = bytes.AsSpan(1, length - 1);
            if (read(type, ref cut))
            {
                Assert.Fail($"{Convert.ToHexStringLower(bytes)} cut to {length} bytes was accepted");
            }
        }
    }

    /// <summary>Reads the body of a frame of any type, as a receiver does, an ACK's ranges included.</summary>
    public static bool TryReadAny(FrameType type, ref ReadOnlySpan<byte> payload)
    {
        if (FrameTypes.IsStream(type))
        {
            return StreamFrame.TryParse(type, ref payload, out StreamFrame stream) && stream.Offset + stream.Data.Length <= VarInt.MaxValue;
        }

        switch (type)
        {
            case FrameType.Ack or FrameType.AckEcn:
                return AckFrame.TryParse(type, ref payload, out AckFrame ack) && HasSoundRanges(ack);
            case FrameType.ResetStream:
                return ResetStreamFrame.TryParse(ref payload, out _);
            case FrameType.StopSending:
                return StopSendingFrame.TryParse(ref payload, out _);
            case FrameType.Crypto:
                return CryptoFrame.TryParse(ref payload, out CryptoFrame crypto) && crypto.Offset + crypto.Data.Length <= VarInt.MaxValue;
            case FrameType.NewToken:
                return NewTokenFrame.TryParse(ref payload, out NewTokenFrame token) && token.Token.Length > 0;
            case FrameType.Datagram or FrameType.DatagramWithLength:
                return DatagramFrame.TryParse(type, ref payload, out _);
            case FrameType.MaxData:
                return MaxDataFrame.TryParse(ref payload, out _);
            case FrameType.MaxStreamData:
                return MaxStreamDataFrame.TryParse(ref payload, out _);
            case FrameType.MaxStreamsBidirectional or FrameType.MaxStreamsUnidirectional:
                return MaxStreamsFrame.TryParse(type, ref payload, out _);
            case FrameType.DataBlocked:
                return DataBlockedFrame.TryParse(ref payload, out _);
            case FrameType.StreamDataBlocked:
                return StreamDataBlockedFrame.TryParse(ref payload, out _);
            case FrameType.StreamsBlockedBidirectional or FrameType.StreamsBlockedUnidirectional:
                return StreamsBlockedFrame.TryParse(type, ref payload, out _);
            case FrameType.NewConnectionId:
                return NewConnectionIdFrame.TryParse(ref payload, out _);
            case FrameType.RetireConnectionId:
                return RetireConnectionIdFrame.TryParse(ref payload, out _);
            case FrameType.PathChallenge:
                return PathChallengeFrame.TryParse(ref payload, out _);
            case FrameType.PathResponse:
                return PathResponseFrame.TryParse(ref payload, out _);
            case FrameType.ConnectionClose or FrameType.ConnectionCloseApplication:
                return ConnectionCloseFrame.TryParse(type, ref payload, out _);
            default:
                return true;
        }
    }

    private static bool HasSoundRanges(in AckFrame ack)
    {
        int count = 0;
        long above = VarInt.MaxValue + 2;
        foreach (PacketNumberRange range in ack)
        {
            Assert.That(range.Smallest, Is.GreaterThanOrEqualTo(0));
            Assert.That(range.Largest, Is.GreaterThanOrEqualTo(range.Smallest).And.LessThan(above - 1));
            above = range.Smallest;
            count++;
        }

        Assert.That(count, Is.EqualTo(ack.RangeCount));
        return true;
    }
}
