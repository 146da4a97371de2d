using System.Buffers.Binary;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// Compares the ClientHello that answers a HelloRetryRequest with the one before it (RFC 8446, section 4.1.2): all but
/// a few extensions has to be the same. The engine takes server name, protocols and transport parameters from the first
/// and does not look again, so a second one that says something else would go unnoticed.
/// </summary>
internal static class ClientHelloComparison
{
    // An encrypted ClientHello is sealed anew in the second one (RFC 9849, section 6.1.5).
    private const int EncryptedClientHello = 0xfe0d;

    private const int VersionAndRandom = 2 + 32;

    /// <summary>Whether <paramref name="second"/> may follow <paramref name="first"/>; both are whole messages.</summary>
    public static bool IsAllowedSecond(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        first = first[HandshakeMessageAssembler.HeaderLength..];
        second = second[HandshakeMessageAssembler.HeaderLength..];
        if (!TrySplit(first, out ReadOnlySpan<byte> firstFields, out ReadOnlySpan<byte> firstExtensions)
            || !TrySplit(second, out ReadOnlySpan<byte> secondFields, out ReadOnlySpan<byte> secondExtensions)
            || !firstFields.SequenceEqual(secondFields))
        {
            return false;
        }

        while (true)
        {
            bool more = TryReadKept(ref firstExtensions, out int firstType, out ReadOnlySpan<byte> firstData);
            if (more != TryReadKept(ref secondExtensions, out int secondType, out ReadOnlySpan<byte> secondData))
            {
                return false;
            }

            if (!more)
            {
                // Both have to end where their lists end, not at an extension that is cut off.
                return firstExtensions.IsEmpty && secondExtensions.IsEmpty;
            }

            if (firstType != secondType || !firstData.SequenceEqual(secondData))
            {
                return false;
            }
        }
    }

    private static bool TrySplit(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> fields, out ReadOnlySpan<byte> extensions)
    {
        fields = default;
        extensions = default;
        if (body.Length < VersionAndRandom)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = body[VersionAndRandom..];
        if (!TlsVector.TryRead(ref rest, 1, out _) || !TlsVector.TryRead(ref rest, 2, out _) || !TlsVector.TryRead(ref rest, 1, out _))
        {
            return false;
        }

        fields = body[..^rest.Length];
        return TlsVector.TryRead(ref rest, 2, out extensions) && rest.IsEmpty;
    }

    private static bool TryReadKept(ref ReadOnlySpan<byte> extensions, out int type, out ReadOnlySpan<byte> data)
    {
        while (extensions.Length >= 2)
        {
            ReadOnlySpan<byte> rest = extensions[2..];
            type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            if (!TlsVector.TryRead(ref rest, 2, out data))
            {
                return false;
            }

            extensions = rest;
            if (type is not (ExtensionType.key_share or ExtensionType.early_data or ExtensionType.cookie
                or ExtensionType.pre_shared_key or ExtensionType.padding or EncryptedClientHello))
            {
                return true;
            }
        }

        type = 0;
        data = default;
        return false;
    }
}
