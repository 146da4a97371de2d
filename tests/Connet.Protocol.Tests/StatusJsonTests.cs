using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Connet.Protocol.Tests;

/// <summary>The forms of values in a status.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class StatusJsonTests
{
    [TestCase(0, "0")]
    [TestCase(1, "0")]
    [TestCase(5, "0")]
    [TestCase(6, "0.001")]
    [TestCase(123_456, "12.346")]
    [TestCase(3_330_000, "333")]
    [TestCase(long.MaxValue, "922337203685477.6")]
    public void Durations_are_milliseconds_with_three_decimals_at_most(long ticks, string expected) =>
        Assert.That(Written(writer => StatusJson.WriteMilliseconds(writer, "x", TimeSpan.FromTicks(ticks))), Is.EqualTo($"{{\"x\":{expected}}}"));

    [Test]
    public void What_there_is_none_of_is_null() => Assert.That(
        Written(writer =>
        {
            StatusJson.WriteMilliseconds(writer, "x", null);
            StatusJson.WriteAddress(writer, "y", null);
        }),
        Is.EqualTo("{\"x\":null,\"y\":null}"));

    [TestCase("192.0.2.1:80", "192.0.2.1:80")]
    [TestCase("[::ffff:192.0.2.1]:80", "192.0.2.1:80")]
    [TestCase("[2001:db8::1]:65535", "[2001:db8::1]:65535")]
    [TestCase("[::]:0", "[::]:0")]
    public void Addresses_are_as_people_write_them(string address, string expected) => Assert.That(
        Written(writer => StatusJson.WriteAddresses(writer, "x", [IPEndPoint.Parse(address)])), Is.EqualTo($"{{\"x\":[\"{expected}\"]}}"));

    [TestCase("2026-01-02T03:04:05.999+00:00", "2026-01-02T03:04:05Z")]
    [TestCase("2026-01-02T03:04:05+05:30", "2026-01-01T21:34:05Z")]
    public void Times_are_in_utc_to_the_second(string time, string expected) => Assert.That(
        Written(writer => StatusJson.WriteTime(writer, "x", DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture))), Is.EqualTo($"{{\"x\":\"{expected}\"}}"));

    [Test]
    public void Any_text_that_somebody_says_of_himself_stays_a_text()
    {
        foreach (string text in new[] { "plain", "</script><!-- \" \\ \n \0 \u2028", "half a character: \ud800!", "\udc00" })
        {
            string written = Written(writer =>
            {
                writer.WriteString("metadata", text);
                writer.WriteNull(text);
            });
            Assert.That(written, Does.Not.Contain('<').And.Not.Contain('\n').And.Not.Contain('\0'));
            using JsonDocument document = JsonDocument.Parse(written);
            Assert.That(document.RootElement.EnumerateObject().Count(), Is.EqualTo(2));
            string read = document.RootElement.GetProperty("metadata").GetString()!;
            Assert.That(read, Is.EqualTo(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))));
        }
    }

    [Test]
    public void What_was_not_started_says_so_and_no_more()
    {
        using JsonDocument document = JsonDocument.Parse(Written(writer =>
        {
            writer.WritePropertyName("x");
            StatusJson.WriteNotStarted(writer, "relay");
        }));
        JsonElement inner = document.RootElement.GetProperty("x");
        Assert.That(inner.EnumerateObject().Select(each => each.Name), Is.EqualTo(new[] { "kind", "status", "build-version" }));
        Assert.That((inner.GetProperty("kind").GetString(), inner.GetProperty("status").GetString()), Is.EqualTo(("relay", "not_started")));
    }

    private static string Written(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
