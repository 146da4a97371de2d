using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Prng;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>The operating system's generator, as the TLS engine wants to see it. It needs no seed.</summary>
internal sealed class SystemRandomGenerator : IRandomGenerator
{
    /// <inheritdoc/>
    public void AddSeedMaterial(byte[] seed)
    {
    }

    /// <inheritdoc/>
    public void AddSeedMaterial(ReadOnlySpan<byte> seed)
    {
    }

    /// <inheritdoc/>
    public void AddSeedMaterial(long seed)
    {
    }

    /// <inheritdoc/>
    public void NextBytes(byte[] bytes) => RandomNumberGenerator.Fill(bytes);

    /// <inheritdoc/>
    public void NextBytes(byte[] bytes, int start, int len) => RandomNumberGenerator.Fill(bytes.AsSpan(start, len));

    /// <inheritdoc/>
    public void NextBytes(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
