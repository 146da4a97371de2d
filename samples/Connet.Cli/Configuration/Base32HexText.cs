using System.Text;

namespace Connet.Cli.Configuration;

/// <summary>Base32hex (RFC 4648 section 7). It is read in either case, with or without padding, as people paste it.</summary>
internal static class Base32HexText
{
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuv";
    private const int BitsPerDigit = 5;

    /// <summary>Writes bytes, in lower case and without padding.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        int pending = 0;
        int bits = 0;
        foreach (byte each in bytes)
        {
            pending = ((pending << 8) | each) & 0xFFFF;
            for (bits += 8; bits >= BitsPerDigit; bits -= BitsPerDigit)
            {
                text.Append(Alphabet[(pending >> (bits - BitsPerDigit)) & 0x1F]);
            }
        }

        return bits == 0 ? text.ToString() : text.Append(Alphabet[(pending << (BitsPerDigit - bits)) & 0x1F]).ToString();
    }

    /// <summary>Reads bytes.</summary>
    public static bool TryDecode(string text, out byte[] bytes)
    {
        string digits = text.TrimEnd('=').ToLowerInvariant();
        bytes = new byte[digits.Length * BitsPerDigit / 8];
        int pending = 0;
        int bits = 0;
        int position = 0;
        foreach (char digit in digits)
        {
            int value = Alphabet.IndexOf(digit, StringComparison.Ordinal);
            if (value < 0)
            {
                return false;
            }

            pending = ((pending << BitsPerDigit) | value) & 0xFFFF;
            bits += BitsPerDigit;
            if (bits >= 8)
            {
                bits -= 8;
                bytes[position++] = (byte)(pending >> bits);
            }
        }

        return bits < BitsPerDigit && (pending & ((1 << bits) - 1)) == 0;
    }
}
