using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Simulation;

/// <summary>What both ends of a transfer do, known to both: so each can check what it gets.</summary>
internal sealed class TransferPlan(int seed, int maxStreams, int maxSize, double giveUps)
{
    private readonly int[] _counts = Counts(new Random(seed), maxStreams);

    /// <summary>How many streams one end opens.</summary>
    public int Count(bool byServer, bool unidirectional) => _counts[(byServer ? 2 : 0) + (unidirectional ? 1 : 0)];

    /// <summary>What happens on a stream: from its opener to the other end, or back.</summary>
    public FlowPlan Flow(StreamId id, bool back)
    {
        Random random = new(HashCode(seed, id.Value, back ? 1 : 0));

        // Mostly small, now and then large, sometimes nothing at all.
        double scale = random.NextDouble();
        int size = random.Next(8) == 0 ? 0 : (int)(scale * scale * scale * maxSize);
        int? resetAt = random.NextDouble() < giveUps ? random.Next(size + 1) : null;
        int? stopAt = random.NextDouble() < giveUps ? random.Next(size + 1) : null;
        return new FlowPlan(size, resetAt, stopAt, Waits: back && random.Next(2) == 0);
    }

    /// <summary>The byte at an offset: no two streams, directions or pages look alike.</summary>
    public static byte ByteAt(StreamId id, bool back, long offset) =>
        (byte)((offset * 31) + (offset >> 8) + (id.Value * 7) + (back ? 101 : 0));

    private static int[] Counts(Random random, int most) => [random.Next(1, most + 1), random.Next(most + 1), random.Next(most + 1), random.Next(most + 1)];

    private static int HashCode(int first, long second, int third) => unchecked((((first * 31) + (int)second) * 1000003) ^ (third * 7919));
}
