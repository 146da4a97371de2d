using System.Security.Cryptography;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// The keys of Initial packets (RFC 9001, section 5.2). They follow from a connection ID that everyone on the path can
/// read: they keep out accidents and off-path attackers, nobody else.
/// </summary>
internal static class InitialSecrets
{
    private const int SecretLength = 32;

    private static ReadOnlySpan<byte> Salt =>
    [
        0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
        0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
    ];

    /// <summary>Derives the keys from the Destination Connection ID of the client's first Initial (or the first after a Retry).</summary>
    public static LevelKeys Derive(CryptoProvider provider, ConnectionId clientDestinationId, bool isServer)
    {
        Span<byte> client = stackalloc byte[SecretLength];
        Span<byte> server = stackalloc byte[SecretLength];
        DeriveSecrets(clientDestinationId, client, server);
        LevelKeys keys = isServer
            ? LevelKeys.Create(provider, CipherSuite.Aes128GcmSha256, server, client)
            : LevelKeys.Create(provider, CipherSuite.Aes128GcmSha256, client, server);
        CryptographicOperations.ZeroMemory(client);
        CryptographicOperations.ZeroMemory(server);
        return keys;
    }

    /// <summary>The secrets of the two directions.</summary>
    internal static void DeriveSecrets(ConnectionId clientDestinationId, Span<byte> client, Span<byte> server)
    {
        Span<byte> id = stackalloc byte[ConnectionId.MaxLength];
        Span<byte> initial = stackalloc byte[SecretLength];
        HKDF.Extract(HashAlgorithmName.SHA256, id[..clientDestinationId.CopyTo(id)], Salt, initial);
        KeyDerivation.ExpandLabel(HashAlgorithmName.SHA256, initial, "client in"u8, client);
        KeyDerivation.ExpandLabel(HashAlgorithmName.SHA256, initial, "server in"u8, server);
        CryptographicOperations.ZeroMemory(initial);
    }
}
