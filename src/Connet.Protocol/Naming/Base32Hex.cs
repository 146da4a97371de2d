namespace Connet.Protocol.Naming;

/// <summary>The base32hex encoding (RFC 4648 section 7), in lower case and without padding.</summary>
internal static class Base32Hex
{
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuv";
    private const int BitsPerDigit = 5;

    /// <summary>Encodes bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> source)
    {
        int length = EncodedLength(source.Length);
        Span<char> text = length <= 256 ? stackalloc char[length] : new char[length];
        int position = 0;
        int bits = 0;
        uint pending = 0;
        foreach (byte value in source)
        {
            pending = (pending << 8) | value;
            bits += 8;
            while (bits >= BitsPerDigit)
            {
                bits -= BitsPerDigit;
                text[position++] = Alphabet[(int)(pending >> bits) & 31];
            }
        }

        if (bits > 0)
        {
            text[position] = Alphabet[(int)(pending << (BitsPerDigit - bits)) & 31];
        }

        return new string(text);
    }

    /// <summary>The digits that <paramref name="count"/> bytes take.</summary>
    public static int EncodedLength(int count) => (int)(((count * 8L) + BitsPerDigit - 1) / BitsPerDigit);

    /// <summary>
    /// Decodes text. Only what <see cref="Encode"/> produces is accepted: no capitals, no padding, no lengths that no byte count
    /// has, no bits beyond the last byte. So that one value has one text.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] decoded)
    {
        decoded = [];
        int count = (int)(text.Length * (long)BitsPerDigit / 8);
        if (EncodedLength(count) != text.Length)
        {
            return false;
        }

        byte[] bytes = new byte[count];
        int position = 0;
        int bits = 0;
        uint pending = 0;
        foreach (char digit in text)
        {
            int value = digit switch
            {
                >= '0' and <= '9' => digit - '0',
                >= 'a' and <= 'v' => digit - 'a' + 10,
                _ => -1,
            };
            if (value < 0)
            {
                return false;
            }

            pending = (pending << BitsPerDigit) | (uint)value;
            bits += BitsPerDigit;
            if (bits >= 8)
            {
                bits -= 8;
                bytes[position++] = (byte)(pending >> bits);
            }
        }

        if ((pending & ((1u << bits) - 1)) != 0)
        {
            return false;
        }

        decoded = bytes;
        return true;
    }
}
