using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Recovery;

/// <summary>Randomness that can be repeated.</summary>
internal sealed class SeededSource(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
