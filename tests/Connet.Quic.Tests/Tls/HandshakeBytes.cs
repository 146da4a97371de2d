using System.Buffers.Binary;

namespace Connet.Quic.Tests.Tls;

/// <summary>Takes handshake messages apart and puts them together wrongly.</summary>
internal static class HandshakeBytes
{
    public const byte ClientHello = 1;
    public const byte ServerHello = 2;
    public const byte NewSessionTicket = 4;
    public const byte EndOfEarlyData = 5;
    public const byte EncryptedExtensions = 8;
    public const byte Certificate = 11;
    public const byte CertificateRequest = 13;
    public const byte CertificateVerify = 15;
    public const byte Finished = 20;
    public const byte KeyUpdate = 24;

    public const int ServerName = 0;
    public const int SupportedGroups = 10;
    public const int AlpnExtension = 16;
    public const int SignatureAlgorithms = 13;
    public const int SupportedVersions = 43;
    public const int KeyShare = 51;
    public const int TransportParameters = 57;

    public static byte[] Message(byte type, params byte[] body) =>
        [type, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];

    /// <summary>Where a hello's extension list starts.</summary>
    public static int HelloExtensionsOffset(byte[] hello)
    {
        int at = 4 + 2 + 32;
        at += 1 + hello[at];
        if (hello[0] == ServerHello)
        {
            return at + 3;
        }

        at += 2 + BinaryPrimitives.ReadUInt16BigEndian(hello.AsSpan(at));
        return at + 1 + hello[at];
    }

    public static List<(int Type, byte[] Data)> Extensions(byte[] message)
    {
        List<(int, byte[])> extensions = [];
        ReadOnlySpan<byte> rest = message.AsSpan(ExtensionsOffset(message) + 2);
        while (!rest.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            extensions.Add((BinaryPrimitives.ReadUInt16BigEndian(rest), rest.Slice(4, length).ToArray()));
            rest = rest[(4 + length)..];
        }

        return extensions;
    }

    /// <summary>The same message with its extension list rewritten.</summary>
    public static byte[] WithExtensions(byte[] message, Func<List<(int Type, byte[] Data)>, IEnumerable<(int Type, byte[] Data)>> rewrite)
    {
        List<byte> list = [];
        foreach ((int type, byte[] data) in rewrite(Extensions(message)))
        {
            list.AddRange([(byte)(type >> 8), (byte)type, (byte)(data.Length >> 8), (byte)data.Length, .. data]);
        }

        return Message(message[0], [.. message[4..ExtensionsOffset(message)], (byte)(list.Count >> 8), (byte)list.Count, .. list]);
    }

    public static byte[] Without(byte[] message, int type) =>
        WithExtensions(message, extensions => extensions.Where(extension => extension.Type != type));

    public static byte[] With(byte[] message, int type, params byte[] data) =>
        WithExtensions(message, extensions => [.. extensions, (type, data)]);

    public static byte[] Replace(byte[] message, int type, Func<byte[], byte[]> replace) =>
        WithExtensions(message, extensions =>
            extensions.Select(extension => extension.Type == type ? (type, replace(extension.Data)) : extension));

    private static int ExtensionsOffset(byte[] message) => message[0] == EncryptedExtensions ? 4 : HelloExtensionsOffset(message);
}
