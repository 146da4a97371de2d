using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Wire;

/// <summary>The same bytes in every run.</summary>
internal sealed class SeededRandomSource(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
