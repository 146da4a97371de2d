using System.Text.Json;

namespace Connet.Quic.Tests.Crypto;

/// <summary>The sample packets of RFC 9001, appendix A, from the embedded file.</summary>
internal static class Rfc9001
{
    private static readonly JsonDocument _document = Load();

    /// <summary>The byte string at a path of property names.</summary>
    public static byte[] Bytes(params string[] path) => Convert.FromHexString(Element(path).GetString()!);

    /// <summary>The integer at a path of property names.</summary>
    public static long Number(params string[] path) => Element(path).GetInt64();

    private static JsonElement Element(string[] path)
    {
        JsonElement element = _document.RootElement;
        foreach (string name in path)
        {
            element = element.GetProperty(name);
        }

        return element;
    }

    private static JsonDocument Load()
    {
        System.Reflection.Assembly assembly = typeof(Rfc9001).Assembly;
        string name = assembly.GetManifestResourceNames().Single(candidate => candidate.EndsWith("rfc9001.json", StringComparison.Ordinal));
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        return JsonDocument.Parse(stream);
    }
}
