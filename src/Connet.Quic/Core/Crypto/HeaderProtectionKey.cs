using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>Header protection in one direction (RFC 9001, section 5.4). A key update does not change it (section 6).</summary>
internal sealed class HeaderProtectionKey : IDisposable
{
    /// <summary>The sample starts where the payload would if the packet number had its longest form.</summary>
    private const int LongestPacketNumber = 4;

    private readonly HeaderMask _mask;

    private HeaderProtectionKey(HeaderMask mask) => _mask = mask;

    /// <summary>Derives the key from a traffic secret.</summary>
    public static HeaderProtectionKey Create(CryptoProvider provider, CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        Span<byte> key = stackalloc byte[CipherSuiteParameters.KeyLength(suite)];
        KeyDerivation.ExpandLabel(CipherSuiteParameters.Hash(suite), secret, "quic hp"u8, key);
        HeaderProtectionKey created = new(provider.CreateHeaderMask(suite, key));
        CryptographicOperations.ZeroMemory(key);
        return created;
    }

    /// <summary>Masks the first byte and the packet number of a sealed packet.</summary>
    /// <exception cref="ArgumentException">Too short to sample: the sender pads (RFC 9001, section 5.4.2).</exception>
    public void Protect(Span<byte> packet, int packetNumberOffset, int packetNumberLength)
    {
        int sampleOffset = packetNumberOffset + LongestPacketNumber;
        if (packet.Length < sampleOffset + HeaderMask.SampleLength)
        {
            throw new ArgumentException("The packet is too short for header protection.", nameof(packet));
        }

        Span<byte> mask = stackalloc byte[HeaderMask.MaskLength];
        _mask.Compute(packet.Slice(sampleOffset, HeaderMask.SampleLength), mask);
        packet[0] ^= (byte)(mask[0] & ProtectedBits(packet[0]));
        for (int i = 0; i < packetNumberLength; i++)
        {
            packet[packetNumberOffset + i] ^= mask[1 + i];
        }
    }

    /// <summary>
    /// Unmasks the first byte and the packet number in place. False: too short to sample, and nothing was changed.
    /// Whether the result means anything is known only once the packet opens.
    /// </summary>
    public bool TryUnprotect(Span<byte> packet, int packetNumberOffset, out int packetNumberLength, out uint truncatedPacketNumber)
    {
        int sampleOffset = packetNumberOffset + LongestPacketNumber;
        packetNumberLength = 0;
        truncatedPacketNumber = 0;
        if (packet.Length < sampleOffset + HeaderMask.SampleLength)
        {
            return false;
        }

        Span<byte> mask = stackalloc byte[HeaderMask.MaskLength];
        _mask.Compute(packet.Slice(sampleOffset, HeaderMask.SampleLength), mask);
        packet[0] ^= (byte)(mask[0] & ProtectedBits(packet[0]));
        packetNumberLength = (packet[0] & 0x03) + 1;
        for (int i = 0; i < packetNumberLength; i++)
        {
            byte unmasked = (byte)(packet[packetNumberOffset + i] ^ mask[1 + i]);
            packet[packetNumberOffset + i] = unmasked;
            truncatedPacketNumber = (truncatedPacketNumber << 8) | unmasked;
        }

        return true;
    }

    public void Dispose() => _mask.Dispose();

    /// <summary>Four bits of a long header, five of a short one, where the key phase is hidden too.</summary>
    private static int ProtectedBits(byte firstByte) => (firstByte & 0x80) != 0 ? 0x0f : 0x1f;
}
