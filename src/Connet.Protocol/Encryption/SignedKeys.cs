using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Protocol.Peers;
using Google.Protobuf;

namespace Connet.Protocol.Encryption;

/// <summary>
/// The keys that two peers exchange for the <c>dhxcp</c> scheme, each with the time and a signature by the key of its server
/// certificate, so that a relay between them can neither replace them nor, for long, repeat them.
/// </summary>
internal sealed class SignedKeys(TimeProvider clock)
{
    /// <summary>How far the clocks of two peers may be apart.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const int KeyTimeLength = X25519KeyPair.KeyLength + sizeof(ulong);
    private const long NanosecondsPerTick = 100;

    /// <summary>Signs a key with the server certificate whose name peers know.</summary>
    /// <exception cref="ArgumentException">The certificate is not a server certificate.</exception>
    public EcdhConfiguration Create(GeneratedCertificate server, ReadOnlySpan<byte> publicKey)
    {
        string name = server.ServerName ?? throw new ArgumentException("Keys are signed with a server certificate.", nameof(server));
        byte[] keyTime = new byte[KeyTimeLength];
        publicKey.CopyTo(keyTime);
        BinaryPrimitives.WriteUInt64BigEndian(keyTime.AsSpan(X25519KeyPair.KeyLength), (ulong)UnixNanoseconds());
        return new EcdhConfiguration
        {
            ClientName = name,
            KeyTime = UnsafeByteOperations.UnsafeWrap(keyTime),
            Signature = UnsafeByteOperations.UnsafeWrap(server.Sign(keyTime)),
        };
    }

    /// <summary>Verifies a key that came over a relay.</summary>
    /// <param name="configuration">What was received.</param>
    /// <param name="signer">The server certificate of the one known peer with the name in <paramref name="configuration"/>.</param>
    /// <param name="publicKey">The X25519 key of the other side.</param>
    /// <param name="fault">What is wrong, in words for a log.</param>
    public bool TryVerify(
        EcdhConfiguration configuration,
        CertificateInfo signer,
        [NotNullWhen(true)] out byte[]? publicKey,
        [NotNullWhen(false)] out string? fault)
    {
        publicKey = null;
        ReadOnlySpan<byte> keyTime = configuration.KeyTime.Span;
        fault = Fault(configuration, signer, keyTime);
        if (fault is not null)
        {
            return false;
        }

        publicKey = keyTime[..X25519KeyPair.KeyLength].ToArray();
        return true;
    }

    private string? Fault(EcdhConfiguration configuration, CertificateInfo signer, ReadOnlySpan<byte> keyTime)
    {
        if (keyTime.Length != KeyTimeLength)
        {
            return $"the key and its time have {keyTime.Length} bytes instead of {KeyTimeLength}";
        }

        if (signer.ServerName is null || !string.Equals(configuration.ClientName, signer.ServerName, StringComparison.Ordinal))
        {
            return "the certificate is not the one that was named";
        }

        if (!signer.Verify(keyTime, configuration.Signature.Span))
        {
            return "the signature is not by the certificate's key";
        }

        Int128 difference = BinaryPrimitives.ReadUInt64BigEndian(keyTime[X25519KeyPair.KeyLength..]) - (Int128)UnixNanoseconds();
        return Int128.Abs(difference) > Tolerance.Ticks * NanosecondsPerTick
            ? $"it was signed more than {Tolerance.TotalMinutes:0} minutes from now; the clocks of both sides must agree"
            : null;
    }

    private long UnixNanoseconds() => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;
}
