using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Crypto;

/// <summary>A seeded source of randomness.</summary>
internal sealed class TestRandom(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
