using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// The tokens of Retry packets (RFC 9000, section 8.1): proof that a client receives at the address it sends from.
/// A token is one byte of type, a random nonce, and, sealed for the address, its expiry and the two connection IDs that
/// the handshake will be checked against (section 7.3). All have one length, so that nothing about the IDs shows.
/// Instants are those of the endpoint's own clock: a token means nothing to another process.
/// </summary>
internal sealed class AddressTokens : IDisposable
{
    /// <summary>The length of every Retry token.</summary>
    public const int RetryTokenLength = TextOffset + TextLength + Aead.TagLength;

    /// <summary>The least number of bytes of the secret.</summary>
    public const int MinSecretLength = 16;

    private const byte RetryType = 0x52;
    private const int NonceOffset = 1;
    private const int TextOffset = NonceOffset + Aead.NonceLength;
    private const int IdLength = 1 + ConnectionId.MaxLength;
    private const int TextLength = sizeof(long) + IdLength + IdLength;
    private const int AssociatedDataLength = 1 + 16 + sizeof(ushort) + sizeof(uint);

    private readonly Aead _aead;
    private readonly IRandomSource _random;

    /// <summary>Takes a secret and the source of nonces.</summary>
    /// <exception cref="ArgumentException">Fewer than 16 bytes of secret.</exception>
    public AddressTokens(ReadOnlySpan<byte> secret, IRandomSource random)
        : this(secret, random, CryptoProvider.Default)
    {
    }

    /// <summary>Takes the provider too.</summary>
    internal AddressTokens(ReadOnlySpan<byte> secret, IRandomSource random, CryptoProvider provider)
    {
        if (secret.Length < MinSecretLength)
        {
            throw new ArgumentException("The secret of address tokens has at least 16 bytes.", nameof(secret));
        }

        _random = random;
        Span<byte> key = stackalloc byte[CipherSuiteParameters.KeyLength(CipherSuite.Aes256GcmSha384)];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, [], "connet quic address tokens v1"u8);
        _aead = provider.CreateAead(CipherSuite.Aes256GcmSha384, key);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Makes a token for a client at <paramref name="address"/>, good until <paramref name="lifetime"/> from now.</summary>
    public byte[] CreateRetry(
        NetworkAddress address, ConnectionId originalDestinationId, ConnectionId retrySourceId, Timestamp now, TimeSpan lifetime)
    {
        byte[] token = new byte[RetryTokenLength];
        token[0] = RetryType;
        Span<byte> nonce = token.AsSpan(NonceOffset, Aead.NonceLength);
        _random.Fill(nonce);
        Span<byte> text = token.AsSpan(TextOffset, TextLength);
        BinaryPrimitives.WriteInt64BigEndian(text, (now + lifetime).Ticks);
        WriteId(text[sizeof(long)..], originalDestinationId);
        WriteId(text[(sizeof(long) + IdLength)..], retrySourceId);
        Span<byte> associatedData = stackalloc byte[AssociatedDataLength];
        WriteAssociatedData(associatedData, address);
        _aead.Seal(nonce, associatedData, token.AsSpan(TextOffset));
        return token;
    }

    /// <summary>
    /// Opens a token that <see cref="CreateRetry"/> made for the same address and that has not expired. Anything else is
    /// false, whatever it looks like.
    /// </summary>
    public bool TryOpenRetry(
        ReadOnlySpan<byte> token,
        NetworkAddress address,
        Timestamp now,
        out ConnectionId originalDestinationId,
        out ConnectionId retrySourceId)
    {
        originalDestinationId = default;
        retrySourceId = default;
        if (token.Length != RetryTokenLength || token[0] != RetryType)
        {
            return false;
        }

        Span<byte> text = stackalloc byte[TextLength + Aead.TagLength];
        token[TextOffset..].CopyTo(text);
        Span<byte> associatedData = stackalloc byte[AssociatedDataLength];
        WriteAssociatedData(associatedData, address);
        return _aead.TryOpen(token.Slice(NonceOffset, Aead.NonceLength), associatedData, text)
            && BinaryPrimitives.ReadInt64BigEndian(text) >= now.Ticks
            && TryReadId(text[sizeof(long)..], out originalDestinationId)
            && TryReadId(text[(sizeof(long) + IdLength)..], out retrySourceId);
    }

    /// <summary>
    /// Whether a token claims to be from a Retry: if such a one does not open, the connection is refused with
    /// INVALID_TOKEN, while a token of any other kind is treated as absent (RFC 9000, section 8.1.3).
    /// </summary>
    [SuppressMessage("Performance", "CA1822", Justification = "A question to one endpoint's tokens, whose kinds may come to differ.")]
    public bool IsRetryToken(ReadOnlySpan<byte> token) => !token.IsEmpty && token[0] == RetryType;

    public void Dispose() => _aead.Dispose();

    private static void WriteAssociatedData(Span<byte> destination, NetworkAddress address)
    {
        destination[0] = RetryType;
        BinaryPrimitives.WriteUInt128BigEndian(destination[1..], address.Ip);
        BinaryPrimitives.WriteUInt16BigEndian(destination[17..], address.Port);
        BinaryPrimitives.WriteUInt32BigEndian(destination[19..], address.ScopeId);
    }

    private static void WriteId(Span<byte> destination, ConnectionId id)
    {
        destination[0] = (byte)id.Length;
        id.CopyTo(destination[1..]);
    }

    private static bool TryReadId(ReadOnlySpan<byte> source, out ConnectionId id)
    {
        bool valid = source[0] <= ConnectionId.MaxLength;
        id = valid ? new ConnectionId(source.Slice(1, source[0])) : default;
        return valid;
    }
}
