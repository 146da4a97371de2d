namespace Connet.Quic.Core.Tls;

/// <summary>Reads the length-prefixed vectors of the TLS presentation language (RFC 8446, section 3.4).</summary>
internal static class TlsVector
{
    /// <summary>Reads a vector whose length takes one or two bytes, and advances behind it.</summary>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> source, int lengthBytes, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (source.Length < lengthBytes)
        {
            return false;
        }

        int length = lengthBytes == 1 ? source[0] : (source[0] << 8) | source[1];
        if (source.Length - lengthBytes < length)
        {
            return false;
        }

        value = source.Slice(lengthBytes, length);
        source = source[(lengthBytes + length)..];
        return true;
    }
}
