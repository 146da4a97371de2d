using System.Buffers;
using System.Security.Cryptography;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// The Retry Integrity Tag (RFC 9001, section 5.8): a tag under a published key, by which a client knows that the Retry
/// was made by someone who saw its Initial.
/// </summary>
internal static class RetryIntegrityTag
{
    /// <summary>The length of the tag at the end of a Retry packet.</summary>
    public const int Length = Aead.TagLength;

    private static ReadOnlySpan<byte> Key =>
        [0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8, 0x4e];

    private static ReadOnlySpan<byte> Nonce => [0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb];

    /// <summary>Writes the tag (16 bytes) of a Retry that answers an Initial to <paramref name="originalDestinationId"/>.</summary>
    public static void Compute(ConnectionId originalDestinationId, ReadOnlySpan<byte> retryWithoutTag, Span<byte> tag)
    {
        int length = 1 + originalDestinationId.Length + retryWithoutTag.Length;
        byte[] pseudoPacket = ArrayPool<byte>.Shared.Rent(length);
        pseudoPacket[0] = (byte)originalDestinationId.Length;
        originalDestinationId.CopyTo(pseudoPacket.AsSpan(1));
        retryWithoutTag.CopyTo(pseudoPacket.AsSpan(1 + originalDestinationId.Length));

        // Retry packets are rare and answered from any thread: a cipher of its own per call keeps this free of state.
        using AesGcm cipher = new(Key, Length);
        cipher.Encrypt(Nonce, [], [], tag[..Length], pseudoPacket.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(pseudoPacket);
    }

    /// <summary>Whether <paramref name="tag"/> is right for the packet.</summary>
    public static bool Verify(ConnectionId originalDestinationId, ReadOnlySpan<byte> retryWithoutTag, ReadOnlySpan<byte> tag)
    {
        Span<byte> expected = stackalloc byte[Length];
        Compute(originalDestinationId, retryWithoutTag, expected);
        return CryptographicOperations.FixedTimeEquals(expected, tag);
    }
}
