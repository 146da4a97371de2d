using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// Packet protection in one direction with one key (RFC 9001, section 5.3). It counts its use, because a key may only
/// seal so many packets (section 6.6).
/// </summary>
internal sealed class PacketKey : IDisposable
{
    private readonly Aead _aead;
    private uint _vectorStart;
    private ulong _vectorEnd;

    private PacketKey(Aead aead, CipherSuite suite, ReadOnlySpan<byte> vector)
    {
        _aead = aead;
        _vectorStart = BinaryPrimitives.ReadUInt32BigEndian(vector);
        _vectorEnd = BinaryPrimitives.ReadUInt64BigEndian(vector[sizeof(uint)..]);
        ConfidentialityLimit = CipherSuiteParameters.ConfidentialityLimit(suite);
        IntegrityLimit = CipherSuiteParameters.IntegrityLimit(suite);
    }

    /// <summary>How many packets this key sealed.</summary>
    public long SealedPackets { get; private set; }

    /// <summary>How many packets this key failed to open.</summary>
    public long FailedOpens { get; private set; }

    /// <summary>The number of the first packet that this key sealed, or -1.</summary>
    public long FirstPacketNumber { get; private set; } = -1;

    /// <summary>How many packets this key may seal.</summary>
    public long ConfidentialityLimit { get; }

    /// <summary>How many packets may fail to open before the connection has to end.</summary>
    public long IntegrityLimit { get; }

    /// <summary>Derives the key and the initialisation vector from a traffic secret (RFC 9001, section 5.1).</summary>
    public static PacketKey Create(CryptoProvider provider, CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        HashAlgorithmName hash = CipherSuiteParameters.Hash(suite);
        Span<byte> key = stackalloc byte[CipherSuiteParameters.KeyLength(suite)];
        Span<byte> vector = stackalloc byte[Aead.NonceLength];
        KeyDerivation.ExpandLabel(hash, secret, "quic key"u8, key);
        KeyDerivation.ExpandLabel(hash, secret, "quic iv"u8, vector);
        PacketKey created = new(provider.CreateAead(suite, key), suite, vector);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(vector);
        return created;
    }

    /// <summary>Protects a packet in place: header, plaintext, and room for 16 bytes of tag.</summary>
    /// <exception cref="InvalidOperationException">The key is used up; the owner should have updated it long before.</exception>
    public void Seal(long packetNumber, Span<byte> packet, int headerLength)
    {
        if (SealedPackets >= ConfidentialityLimit)
        {
            throw new InvalidOperationException("This key has sealed as many packets as it may.");
        }

        Span<byte> nonce = stackalloc byte[Aead.NonceLength];
        WriteNonce(nonce, packetNumber);
        _aead.Seal(nonce, packet[..headerLength], packet[headerLength..]);
        if (SealedPackets++ == 0)
        {
            FirstPacketNumber = packetNumber;
        }
    }

    /// <summary>
    /// Checks and decrypts a packet in place. False: not authentic, and its payload is destroyed, so that a second
    /// attempt with another key is impossible. A packet too short for a tag is false too but counts for nothing.
    /// </summary>
    public bool TryOpen(long packetNumber, Span<byte> packet, int headerLength)
    {
        if (packet.Length - headerLength < Aead.TagLength)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[Aead.NonceLength];
        WriteNonce(nonce, packetNumber);
        if (_aead.TryOpen(nonce, packet[..headerLength], packet[headerLength..]))
        {
            return true;
        }

        FailedOpens++;
        return false;
    }

    public void Dispose()
    {
        _aead.Dispose();
        _vectorStart = 0;
        _vectorEnd = 0;
    }

    /// <summary>For tests: pretends that the key was used so often.</summary>
    internal void PresetCounters(long sealedPackets, long failedOpens)
    {
        SealedPackets = sealedPackets;
        FailedOpens = failedOpens;
    }

    /// <summary>The packet number, left-padded to the length of the vector, exclusive-or the vector (RFC 9001, section 5.3).</summary>
    private void WriteNonce(Span<byte> nonce, long packetNumber)
    {
        BinaryPrimitives.WriteUInt32BigEndian(nonce, _vectorStart);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[sizeof(uint)..], _vectorEnd ^ (ulong)packetNumber);
    }
}
