using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Tls;

/// <summary>A repeatable source of randomness.</summary>
internal sealed class SeededRandom(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
