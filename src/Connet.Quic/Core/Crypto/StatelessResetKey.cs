using System.Security.Cryptography;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// Derives stateless reset tokens from connection IDs (RFC 9000, section 10.3.2), so that a server that lost all state
/// still knows the token of every ID it ever issued. The label keeps them apart from other uses of the same secret.
/// </summary>
internal sealed class StatelessResetKey : IDisposable
{
    /// <summary>The least number of bytes of the secret.</summary>
    public const int SecretLength = 32;

    private readonly byte[] _secret;

    /// <exception cref="ArgumentException">Fewer than 32 bytes.</exception>
    public StatelessResetKey(ReadOnlySpan<byte> secret)
    {
        if (secret.Length < SecretLength)
        {
            throw new ArgumentException("The secret of stateless resets has at least 32 bytes.", nameof(secret));
        }

        _secret = secret.ToArray();
    }

    private static ReadOnlySpan<byte> Label => "connet quic stateless reset v1"u8;

    /// <summary>The token of <paramref name="id"/>.</summary>
    public StatelessResetToken Derive(ConnectionId id)
    {
        Span<byte> input = stackalloc byte[Label.Length + ConnectionId.MaxLength];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Label.CopyTo(input);
        int length = Label.Length + id.CopyTo(input[Label.Length..]);
        HMACSHA256.HashData(_secret, input[..length], hash);
        return new StatelessResetToken(hash[..StatelessResetToken.Length]);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);
}
