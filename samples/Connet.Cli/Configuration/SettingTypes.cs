using System.Text.RegularExpressions;

namespace Connet.Cli.Configuration;

/// <summary>The types of all keys.</summary>
internal static class SettingTypes
{
    private static readonly string[] s_re2Only = ["\\Q", "\\C", "\\p", "\\P", "\\z", "[["];

    /// <summary>Any text.</summary>
    public static SettingType Text { get; } = new("a text", text => new(text));

    /// <summary>A text that identifies its owner.</summary>
    public static SettingType Secret { get; } = new("a text that is not empty", text => SettingReading.If(text.Length > 0, text)) { IsSecret = true };

    /// <summary>A path of a file or folder.</summary>
    public static SettingType FilePath { get; } = new("a path", text => SettingReading.If(text.Length > 0, text));

    /// <summary>An address to bind or dial.</summary>
    public static SettingType Address { get; } = new(AddressSyntax.Allowed, text => SettingReading.If(AddressSyntax.IsAddress(text), text));

    /// <summary>The address of a server, whose port has a default.</summary>
    public static SettingType ServerAddress { get; } =
        new("host, host:port, [v6] or [v6]:port, with a port from 1 to 65535", text => SettingReading.If(AddressSyntax.IsServer(text), text));

    /// <summary>A host without a port.</summary>
    public static SettingType Host { get; } = new("a host name or address", text => SettingReading.If(AddressSyntax.IsHost(text), text));

    /// <summary>What a relay advertises: parts that are missing come from its ingress.</summary>
    public static SettingType HostPort { get; } =
        new("host:port, host or :port, with a port from 1 to 65535", text => SettingReading.If(AddressSyntax.IsHostPort(text), text));

    /// <summary>A prefix or an address.</summary>
    public static SettingType Cidr { get; } =
        new("an address such as 192.0.2.1 or a prefix such as 192.0.2.0/24 or 2001:db8::/32", text => SettingReading.If(AddressSyntax.IsPrefix(text), text));

    /// <summary>A time that is not negative.</summary>
    public static SettingType Duration { get; } = new("a duration such as 500ms, 30s, 1m30s or 2h", DurationOf) { TakesNumbers = true };

    /// <summary>True or false.</summary>
    public static SettingType Switch { get; } =
        new("true or false", text => bool.TryParse(text, out bool value) ? new(value) : SettingReading.Bad) { IsSwitch = true };

    /// <summary>A regular expression.</summary>
    public static SettingType Expression { get; } = new("a regular expression", text => SettingReading.If(IsExpression(text), text));

    /// <summary>A 32-byte key in base32hex.</summary>
    public static SettingType ResetKey { get; } =
        new("32 bytes in base32hex (52 characters)", text => SettingReading.If(Base32HexText.TryDecode(text, out byte[] key) && key.Length == 32, text)) { IsSecret = true };

    /// <summary>How data between two clients is encrypted on a relay.</summary>
    public static SettingType Encryption { get; } = Choice(["none", "dhxcp"], ["tls"]);

    /// <summary>Which paths an endpoint takes.</summary>
    public static SettingType Route { get; } = Choice(["any", "direct", "relay"]);

    /// <summary>The roles of a token restriction.</summary>
    public static SettingType Role { get; } = Choice(["source", "destination"]);

    /// <summary>What a destination forwards to.</summary>
    public static SettingType DestinationUrl { get; } = Url(["tls", "http", "https", "file", "udp", "unix"]);

    /// <summary>Where a source listens.</summary>
    public static SettingType SourceUrl { get; } = Url(["tls", "http", "https", "ws", "wss", "udp", "unix"]);

    /// <summary>One of some words.</summary>
    /// <param name="names">The words.</param>
    /// <param name="later">Words that this version does not act on yet.</param>
    public static SettingType Choice(string[] names, params string[] later)
    {
        string[] all = [.. names, .. later];
        return new(string.Join(", ", all[..^1]) + " or " + all[^1], Read);

        SettingReading Read(string text) => later.Contains(text) ? SettingReading.Later : SettingReading.If(names.Contains(text), text);
    }

    private static SettingType Url(string[] later)
    {
        return new("tcp:// with " + AddressSyntax.Allowed, Read);

        SettingReading Read(string text)
        {
            const string Tcp = "tcp://";
            if (text.StartsWith(Tcp, StringComparison.Ordinal))
            {
                return SettingReading.If(AddressSyntax.IsAddress(text[Tcp.Length..]), text);
            }

            int colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon > 0 && later.Contains(text[..colon]) ? SettingReading.Later : SettingReading.Bad;
        }
    }

    private static SettingReading DurationOf(string text) => DurationText.TryParse(text, out TimeSpan value) ? new(value) : SettingReading.Bad;

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
