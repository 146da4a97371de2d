using System.Buffers;
using System.Text;
using System.Text.Json;
using Connet.Protocol;

namespace Connet.Tests.Shared;

/// <summary>The status of something as its JSON says it. Compiled into the test projects that ask for it.</summary>
internal static class StatusDocument
{
    /// <summary>The text.</summary>
    public static string TextOf(IConnetStatusSource source)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            source.WriteStatus(writer);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>The object.</summary>
    public static JsonElement Of(IConnetStatusSource source)
    {
        using JsonDocument document = JsonDocument.Parse(TextOf(source));
        return document.RootElement.Clone();
    }

    /// <summary>The keys of an object, in order, in one line.</summary>
    public static string Keys(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(each => each.Name));

    /// <summary>A value by its path: keys and numbers of items, separated by slashes; <c>#</c> counts items or keys.</summary>
    public static string? At(JsonElement element, string path)
    {
        foreach (string step in path.Split('/'))
        {
            if (step == "#")
            {
                return $"{(element.ValueKind == JsonValueKind.Array ? element.GetArrayLength() : element.EnumerateObject().Count())}";
            }

            element = element.ValueKind == JsonValueKind.Array
                ? element[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]
                : element.GetProperty(step);
        }

        return element.ValueKind == JsonValueKind.Null ? null : element.ToString();
    }
}
