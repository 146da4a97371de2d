using System.Text.Json;

namespace Connet.Protocol.Tests.Vectors;

/// <summary>The byte-exact samples of connet.json.</summary>
internal static class Samples
{
    private static readonly JsonElement s_root = Load("connet.json");

    /// <summary>The bytes of a hexadecimal value, such as <c>dhxcp/source_secret</c>.</summary>
    public static byte[] Bytes(string path) => Convert.FromHexString(Text(path));

    public static string Text(string path) => Find(path).GetString()!;

    public static JsonElement Find(string path) => path.Split('/').Aggregate(s_root, (element, name) => element.GetProperty(name));

    public static JsonElement Load(string file)
    {
        using Stream stream = typeof(Samples).Assembly.GetManifestResourceStream($"Connet.Protocol.Tests.Vectors.{file}")!;
        return JsonDocument.Parse(stream).RootElement;
    }
}
