using System.Globalization;
using System.Text.Json;

namespace Connet.Quic.Tests.Wire;

/// <summary>The samples of RFC 9000 and RFC 9001, Appendix A.</summary>
internal static class WireVectors
{
    private static readonly JsonDocument _document = Load();

    public static JsonElement Root => _document.RootElement;

    public static byte[] Bytes(JsonElement element, string property) => Convert.FromHexString(element.GetProperty(property).GetString()!);

    /// <summary>Reads an integer written as a number, as decimal digits, or as 0x and hexadecimal digits.</summary>
    public static long Integer(JsonElement element, string property)
    {
        JsonElement value = element.GetProperty(property);
        if (value.ValueKind == JsonValueKind.Number)
        {
            return value.GetInt64();
        }

        string text = value.GetString()!;
        return text.StartsWith("0x", StringComparison.Ordinal)
            ? long.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : long.Parse(text, CultureInfo.InvariantCulture);
    }

    private static JsonDocument Load()
    {
        using Stream stream = typeof(WireVectors).Assembly.GetManifestResourceStream("Connet.Quic.Tests.Vectors.rfc9001.json")!;
        return JsonDocument.Parse(stream);
    }
}
