using System.Security.Cryptography;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>The operating system's generator. Thread safe.</summary>
internal sealed class SystemRandomSource : IRandomSource
{
    public static SystemRandomSource Instance { get; } = new();

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
