using System.Net;
using System.Text.Json;
using Connet.Protocol.Addressing;

namespace Connet.Protocol;

/// <summary>The forms of values that the status of clients, control servers and relays has in common.</summary>
internal static class StatusJson
{
    /// <summary>The status of something that its host has not started yet.</summary>
    public const string NotStarted = "not_started";

    private const double MicrosecondsPerMillisecond = 1000;

    /// <summary>Begins the object of a participant, with the keys that all of them have.</summary>
    public static void Begin(Utf8JsonWriter writer, string kind, string status)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", kind);
        writer.WriteString("status", status);
        writer.WriteString("build-version", BuildVersion.Current);
    }

    /// <summary>The whole object of something that its host has not started yet.</summary>
    public static void WriteNotStarted(Utf8JsonWriter writer, string kind)
    {
        Begin(writer, kind, NotStarted);
        writer.WriteEndObject();
    }

    /// <summary>A list of texts.</summary>
    public static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    /// <summary>A list of objects.</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="name">Its key.</param>
    /// <param name="values">What the objects are of.</param>
    /// <param name="write">Writes the keys of one.</param>
    public static void WriteObjects<T>(Utf8JsonWriter writer, string name, IEnumerable<T> values, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (T value in values)
        {
            writer.WriteStartObject();
            write(writer, value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Which of the ways to send, receive and encrypt a socket goes; null where there is none.</summary>
    public static void WriteTransport(Utf8JsonWriter writer, string? socket, string? crypto)
    {
        writer.WriteString("socket", socket);
        writer.WriteString("crypto", crypto);
    }

    /// <summary>A socket address as people write it, or null.</summary>
    public static void WriteAddress(Utf8JsonWriter writer, string name, IPEndPoint? value) => writer.WriteString(name, value is null ? null : Text(value));

    /// <summary>A list of socket addresses.</summary>
    public static void WriteAddresses(Utf8JsonWriter writer, string name, IEnumerable<IPEndPoint> values) => WriteTexts(writer, name, values.Select(Text));

    /// <summary>A time span in milliseconds with three decimals, or null.</summary>
    public static void WriteMilliseconds(Utf8JsonWriter writer, string name, TimeSpan? value)
    {
        if (value is { } span)
        {
            writer.WriteNumber(name, Math.Round(span.TotalMicroseconds) / MicrosecondsPerMillisecond);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    /// <summary>A time in UTC by ISO 8601, to the second.</summary>
    public static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset value)
    {
        DateTime utc = value.UtcDateTime;
        writer.WriteString(name, new DateTime(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc));
    }

    private static string Text(IPEndPoint value) => new IPEndPoint(IpText.Normalize(value.Address), value.Port).ToString();
}
