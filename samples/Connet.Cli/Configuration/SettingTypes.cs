using System.Globalization;
using System.Text.RegularExpressions;

namespace Connet.Cli.Configuration;

/// <summary>The types of all keys.</summary>
internal static class SettingTypes
{
    private const int MaxTextLength = 1024;

    private static readonly string[] s_re2Only = ["\\Q", "\\C", "\\p", "\\P", "\\z", "[["];

    /// <summary>A short text for people.</summary>
    public static SettingType Text { get; } = new("a text of at most 1024 characters", text => SettingReading.If(text.Length <= MaxTextLength, text)) { Example = "\"a text\"" };

    /// <summary>A text that identifies its owner.</summary>
    public static SettingType Secret { get; } = new("a text that is not empty", text => SettingReading.If(text.Length > 0, text)) { IsSecret = true, Example = "\"a-secret\"" };

    /// <summary>A path of a file or folder.</summary>
    public static SettingType FilePath { get; } = new("a path", text => SettingReading.If(text.Length > 0, text)) { Example = "\"a/path\"" };

    /// <summary>An address to bind or dial.</summary>
    public static SettingType Address { get; } =
        new(AddressSyntax.Allowed, text => SettingReading.If(AddressSyntax.IsAddress(text), text)) { Example = "\"127.0.0.1:19180\"" };

    /// <summary>The address of a server, whose port has a default.</summary>
    public static SettingType ServerAddress { get; } =
        new("host, host:port, [v6] or [v6]:port, with a port from 1 to 65535", text => SettingReading.If(AddressSyntax.IsServer(text), text)) { Example = "\"connet.example.com\"" };

    /// <summary>A host without a port.</summary>
    public static SettingType Host { get; } =
        new("a host name or address", text => SettingReading.If(AddressSyntax.IsHost(text), text)) { Example = "\"connet.example.com\"" };

    /// <summary>What a relay advertises: parts that are missing come from its ingress.</summary>
    public static SettingType HostPort { get; } =
        new("host:port, host or :port, with a port from 1 to 65535", text => SettingReading.If(AddressSyntax.IsHostPort(text), text)) { Example = "\"connet.example.com\"" };

    /// <summary>A prefix or an address.</summary>
    public static SettingType Cidr { get; } =
        new("an address such as 192.0.2.1 or a prefix such as 192.0.2.0/24 or 2001:db8::/32", text => SettingReading.If(AddressSyntax.IsPrefix(text), text)) { Example = "\"192.0.2.0/24\"" };

    /// <summary>How long a handshake may be silent. Zero would fail each of them.</summary>
    public static SettingType HandshakeTime { get; } = Duration("100ms", "24h");

    /// <summary>How long something may take; zero: without end.</summary>
    public static SettingType DialTime { get; } = Duration("0s", "24h");

    /// <summary>How long something is kept.</summary>
    public static SettingType KeepingTime { get; } = Duration("0s", "720h");

    /// <summary>True or false.</summary>
    public static SettingType Switch { get; } =
        new("true or false", text => bool.TryParse(text, out bool value) ? new(value) : SettingReading.Bad) { IsSwitch = true, Example = "true" };

    /// <summary>A regular expression.</summary>
    public static SettingType Expression { get; } =
        new("a regular expression", text => SettingReading.If(IsExpression(text), text)) { Example = "\"^web-\"" };

    /// <summary>A number that counts something.</summary>
    public static SettingType Number { get; } =
        new($"a whole number from 0 to {int.MaxValue}", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? new(value) : SettingReading.Bad)
        {
            TakesNumbers = true,
            IsNumber = true,
            Example = "3",
        };

    /// <summary>A 32-byte key in base32hex.</summary>
    public static SettingType ResetKey { get; } =
        new("32 bytes in base32hex (52 characters)", text => SettingReading.If(Base32HexText.TryDecode(text, out byte[] key) && key.Length == 32, text)) { IsSecret = true };

    /// <summary>How data between two clients is encrypted on a relay.</summary>
    public static SettingType Encryption { get; } = Choice("none", "dhxcp", "tls");

    /// <summary>Which paths an endpoint takes.</summary>
    public static SettingType Route { get; } = Choice("any", "direct", "relay");

    /// <summary>The roles of a token restriction.</summary>
    public static SettingType Role { get; } = Choice("source", "destination");

    /// <summary>What a destination forwards to.</summary>
    public static SettingType DestinationUrl { get; } = Url("tcp://127.0.0.1:3000", ["tcp", "tls", "http", "https", "file", "udp", "unix"]);

    /// <summary>Where a source listens.</summary>
    public static SettingType SourceUrl { get; } = Url("tcp://127.0.0.1:8000", ["tcp", "tls", "http", "https", "ws", "wss", "udp", "unix"]);

    /// <summary>One of some words.</summary>
    /// <param name="names">The words.</param>
    public static SettingType Choice(params string[] names) =>
        new(string.Join(", ", names[..^1]) + " or " + names[^1], text => SettingReading.If(names.Contains(text), text)) { Example = $"\"{names[0]}\"" };

    /// <summary>An address with its scheme. What the scheme accepts is its own matter, and checked when all files are read.</summary>
    private static SettingType Url(string example, string[] schemes)
    {
        string[] forms = [.. schemes.Select(scheme => scheme is "file" or "unix" ? scheme + ":" : scheme + "://")];
        return new($"a url with {string.Join(", ", forms[..^1])} or {forms[^1]}", Read) { Example = $"\"{example}\"" };

        SettingReading Read(string text) => SettingReading.If(forms.Any(form => text.Length > form.Length && text.StartsWith(form, StringComparison.Ordinal)), text);
    }

    private static SettingType Duration(string least, string most)
    {
        return new($"a duration from {least} to {most}, such as 500ms, 30s or 1m30s", Read) { TakesNumbers = true, Example = "\"30s\"" };

        SettingReading Read(string text) =>
            DurationText.TryParse(text, out TimeSpan value) && DurationText.TryParse(least, out TimeSpan from) && DurationText.TryParse(most, out TimeSpan to)
                ? SettingReading.If(value >= from && value <= to, value)
                : SettingReading.Bad;
    }

    /// <summary>Expressions are written for RE2. What .NET writes differently is left to the server's own check.</summary>
    private static bool IsExpression(string text)
    {
        if (s_re2Only.Any(each => text.Contains(each, StringComparison.Ordinal)))
        {
            return true;
        }

        try
        {
            _ = new Regex(text.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
