using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Recovery;

/// <summary>Builds ACK frames as a peer would send them.</summary>
internal static class AckFrames
{
    /// <summary>Encodes a frame into <paramref name="buffer"/>, parses it and hands it to <paramref name="loss"/>.</summary>
    public static TransportErrorCode Deliver(
        LossDetection loss,
        EncryptionLevel level,
        byte[] buffer,
        ReadOnlySpan<PacketNumberRange> largestFirst,
        EcnCounts ecn,
        TimeSpan delay,
        Timestamp now,
        AckResult result)
    {
        Span<byte> destination = buffer;
        if (!AckFrame.TryWrite(ref destination, largestFirst, 0, ecn))
        {
            throw new InvalidOperationException("The ACK frame does not fit.");
        }

        ReadOnlySpan<byte> payload = buffer;
        if (FrameTypes.TryRead(ref payload, out FrameType type) != TransportErrorCode.NoError
            || !AckFrame.TryParse(type, ref payload, out AckFrame frame))
        {
            throw new InvalidOperationException("The ACK frame does not parse.");
        }

        return loss.OnAckReceived(level, frame, delay, now, result);
    }

    /// <summary>The ranges of some numbers, largest first.</summary>
    public static PacketNumberRange[] Ranges(IEnumerable<long> numbers)
    {
        List<PacketNumberRange> ranges = [];
        foreach (long number in numbers.Distinct().OrderDescending())
        {
            if (ranges.Count > 0 && ranges[^1].Smallest == number + 1)
            {
                ranges[^1] = ranges[^1] with { Smallest = number };
            }
            else
            {
                ranges.Add(new PacketNumberRange(number, number));
            }
        }

        return [.. ranges];
    }
}
