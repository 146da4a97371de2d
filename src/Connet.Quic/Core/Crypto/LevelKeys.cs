namespace Connet.Quic.Core.Crypto;

/// <summary>The keys of the Initial or the Handshake level, which are never updated.</summary>
internal sealed class LevelKeys : IDisposable
{
    private LevelKeys(PacketKey write, PacketKey read, HeaderProtectionKey writeHeader, HeaderProtectionKey readHeader)
    {
        Write = write;
        Read = read;
        WriteHeader = writeHeader;
        ReadHeader = readHeader;
    }

    public PacketKey Write { get; }

    public PacketKey Read { get; }

    public HeaderProtectionKey WriteHeader { get; }

    public HeaderProtectionKey ReadHeader { get; }

    /// <summary>Derives all keys of a level from the secrets of the two directions (RFC 9001, section 5.1).</summary>
    public static LevelKeys Create(
        CryptoProvider provider, CipherSuite suite, ReadOnlySpan<byte> writeSecret, ReadOnlySpan<byte> readSecret) =>
        new(
            PacketKey.Create(provider, suite, writeSecret),
            PacketKey.Create(provider, suite, readSecret),
            HeaderProtectionKey.Create(provider, suite, writeSecret),
            HeaderProtectionKey.Create(provider, suite, readSecret));

    public void Dispose()
    {
        Write.Dispose();
        Read.Dispose();
        WriteHeader.Dispose();
        ReadHeader.Dispose();
    }
}
