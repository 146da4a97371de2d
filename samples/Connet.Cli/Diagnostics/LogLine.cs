using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Diagnostics;

/// <summary>Writes log records as lines: one record is one line, whatever its message holds.</summary>
internal static class LogLine
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The name of a level, as <c>log-level</c> has it.</summary>
    public static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "fine",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    /// <summary>The level of a name of <c>log-level</c>.</summary>
    public static LogLevel LevelOf(string? name) => name switch
    {
        "fine" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };

    /// <summary>Writes a record.</summary>
    public static string Format(LogFormat format, DateTimeOffset time, LogLevel level, string category, EventId eventId, string message, Exception? exception) =>
        format == LogFormat.Json
            ? Json(time, level, category, eventId, message, exception)
            : Text(time, level, message, exception);

    private static string Text(DateTimeOffset time, LogLevel level, string message, Exception? exception)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)} {NameOf(level),-5} {message}");
        return WithoutBreaks(exception is null ? line : $"{line}: {Describe(exception, level)}");
    }

    private static string Json(DateTimeOffset time, LogLevel level, string category, EventId eventId, string message, Exception? exception)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("time", time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
            writer.WriteString("level", NameOf(level));
            writer.WriteString("category", category);
            writer.WriteNumber("event", eventId.Id);
            writer.WriteString("message", message);
            if (exception is not null)
            {
                writer.WriteString("error", Describe(exception, level));
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A stack only for faults, where it is the one trace of a bug of ours.</summary>
    private static string Describe(Exception exception, LogLevel level) => level >= LogLevel.Error ? exception.ToString() : exception.Message;

    private static string WithoutBreaks(string line) => line.AsSpan().ContainsAny('\r', '\n') ? line.ReplaceLineEndings(" ") : line;
}
