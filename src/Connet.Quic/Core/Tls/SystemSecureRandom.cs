using System.Security.Cryptography;
using Connet.Quic.Core.Primitives;
using Org.BouncyCastle.Security;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// The operating system's generator. Keys of a TLS handshake come from nowhere else in production; the sessions take a
/// seeded source only from tests.
/// </summary>
internal sealed class SystemSecureRandom : IRandomSource
{
    private SystemSecureRandom()
    {
    }

    /// <summary>The one generator for every session: the engine would otherwise make and seed one per instance.</summary>
    public static SecureRandom Shared { get; } = new(new RandomSourceGenerator(new SystemSecureRandom()));

    // The one place in Core that reads the system's generator: a TLS engine without it would be insecure by default.
#pragma warning disable RS0030
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
#pragma warning restore RS0030
}
