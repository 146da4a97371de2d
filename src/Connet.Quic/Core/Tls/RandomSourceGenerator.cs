using Connet.Quic.Core.Primitives;
using Org.BouncyCastle.Crypto.Prng;

namespace Connet.Quic.Core.Tls;

/// <summary>Shows an <see cref="IRandomSource"/> to the engine. It cannot be seeded: the source already is.</summary>
internal sealed class RandomSourceGenerator(IRandomSource source) : IRandomGenerator
{
    public void AddSeedMaterial(byte[] seed)
    {
    }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed)
    {
    }

    public void AddSeedMaterial(long seed)
    {
    }

    public void NextBytes(byte[] bytes) => source.Fill(bytes);

    public void NextBytes(byte[] bytes, int start, int len) => source.Fill(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes) => source.Fill(bytes);
}
