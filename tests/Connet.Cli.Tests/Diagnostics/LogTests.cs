using System.Text.Json;
using Connet.Cli.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Connet.Cli.Tests.Diagnostics;

/// <summary>Log lines, and when they appear.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LogTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    public void Dispose() => _output.Dispose();

    [Test]
    public void A_text_line_has_time_level_and_message()
    {
        CliLog.Ready(Logger(LogFormat.Text), "all is well");
        Assert.That(_output.ToString(), Is.EqualTo("2026-01-02T03:04:05.678Z info  ready: all is well\n"));
    }

    [Test]
    public void A_json_line_has_all_parts()
    {
        CliLog.Warning(Logger(LogFormat.Json), "two\nlines");
        JsonElement line = JsonDocument.Parse(_output.ToString().TrimEnd()).RootElement;
        Assert.That(_output.ToString().TrimEnd(), Does.Not.Contain("\n"));
        Assert.That(line.GetProperty("time").GetString(), Is.EqualTo("2026-01-02T03:04:05.678Z"));
        Assert.That(line.GetProperty("level").GetString(), Is.EqualTo("warn"));
        Assert.That(line.GetProperty("category").GetString(), Is.EqualTo("connet"));
        Assert.That(line.GetProperty("event").GetInt32(), Is.EqualTo(1));
        Assert.That(line.GetProperty("message").GetString(), Is.EqualTo("two\nlines"));
    }

    [Test]
    public void A_text_line_stays_one_line()
    {
        CliLog.Warning(Logger(LogFormat.Text), "two\r\nlines");
        Assert.That(_output.ToString(), Does.EndWith("warn  two lines\n"));
    }

    [Test]
    public void An_exception_shows_its_stack_only_in_an_error()
    {
        ILogger logger = Logger(LogFormat.Text);
        logger.Log(LogLevel.Warning, default, "w", new IOException("broken"), (state, _) => state);
        Assert.That(_output.ToString(), Does.EndWith("warn  w: broken\n"));
        logger.Log(LogLevel.Error, default, "e", new IOException("broken"), (state, _) => state);
        Assert.That(_output.ToString(), Does.EndWith("error e: System.IO.IOException: broken\n"));
    }

    [TestCase("fine", LogLevel.Trace)]
    [TestCase("debug", LogLevel.Debug)]
    [TestCase("info", LogLevel.Information)]
    [TestCase("warn", LogLevel.Warning)]
    [TestCase("error", LogLevel.Error)]
    public void A_level_has_a_name(string name, LogLevel level)
    {
        Assert.That(LogLine.LevelOf(name), Is.EqualTo(level));
        Assert.That(LogLine.NameOf(level), Is.EqualTo(name));
    }

    [Test]
    public void Lines_are_held_back_until_they_are_released()
    {
        LogSink sink = new(_output, hold: true);
        ILogger logger = Logger(LogFormat.Text, sink);
        CliLog.Warning(logger, "one");
        CliLog.Ready(logger, "two");
        Assert.That(_output.ToString(), Is.Empty);
        sink.Release();
        CliLog.Stopping(logger);
        Assert.That(_output.ToString().Split('\n').Select(line => line.Split(' ')[^1]), Is.EqualTo(new[] { "one", "two", "stopping", "" }));
    }

    [Test]
    public void A_warning_of_a_service_releases_what_was_held_back()
    {
        LogSink sink = new(_output, hold: true);
        CliLog.Ready(Logger(LogFormat.Text, sink), "one");
        Logger(LogFormat.Text, sink, "Connet.Relay.RelayServer").Log(LogLevel.Warning, default, "two", null, (state, _) => state);
        Assert.That(_output.ToString().Split('\n'), Has.Length.EqualTo(3));
    }

    private ILogger Logger(LogFormat format, LogSink? sink = null, string category = CliLog.Category)
    {
        _output.NewLine = "\n";
        using LineLoggerProvider provider = new(sink ?? new LogSink(_output, hold: false), format, _clock);
        return provider.CreateLogger(category);
    }
}
