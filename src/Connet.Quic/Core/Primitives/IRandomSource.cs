namespace Connet.Quic.Core.Primitives;

/// <summary>
/// Where the core takes randomness from. In production always the operating system's generator; tests pass a seeded
/// one, so that a run can be repeated. Used by one thread at a time.
/// </summary>
internal interface IRandomSource
{
    /// <summary>Fills <paramref name="destination"/> with random bytes.</summary>
    void Fill(Span<byte> destination);
}
