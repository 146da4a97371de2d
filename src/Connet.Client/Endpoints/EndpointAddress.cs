using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Connet.Protocol.Addressing;

namespace Connet.Client.Endpoints;

/// <summary>
/// Where an endpoint meets the world outside of Connet, as text: <c>tcp://127.0.0.1:8000</c>, <c>unix:/run/app.sock</c>. A bare
/// <c>host:port</c> means <c>tcp</c>. What stands after the scheme is the scheme's own matter.
/// </summary>
public sealed record EndpointAddress
{
    private const string DefaultScheme = "tcp";
    private const int MaxLength = 4096;

    private EndpointAddress(string text, string scheme, string authority, string path) =>
        (Text, Scheme, Authority, Path) = (text, scheme, authority, path);

    /// <summary>The address as it was given.</summary>
    public string Text { get; }

    /// <summary>The scheme in lower case, as <c>tcp</c>.</summary>
    public string Scheme { get; }

    /// <summary>What stands between <c>//</c> and the path, as <c>127.0.0.1:8000</c>; empty for an address without <c>//</c>.</summary>
    public string Authority { get; }

    /// <summary>The rest, with its leading slash if it has one; empty if there is none.</summary>
    public string Path { get; }

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address; at most 4,096 characters.</param>
    /// <returns>Its parts. Whether the scheme exists and accepts them is not checked.</returns>
    /// <exception cref="FormatException">The text is no address; the message is a sentence that names it.</exception>
    public static EndpointAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out EndpointAddress? address)
            ? address
            : throw new FormatException($"'{Shorten(text)}' is no address of an endpoint: write tcp://host:port, or host:port.");
    }

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address; at most 4,096 characters.</param>
    /// <param name="address">Its parts.</param>
    /// <returns>Whether the text is an address.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EndpointAddress? address)
    {
        address = null;
        if (string.IsNullOrWhiteSpace(text) || text.Length > MaxLength || text.AsSpan().ContainsAnyInRange('\0', ' '))
        {
            return false;
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string rest = text[(colon + 1)..];
        if (colon <= 0 || !IsScheme(text.AsSpan(0, colon)) || IsPort(rest))
        {
            address = new EndpointAddress(text, DefaultScheme, text, string.Empty);
            return colon >= 0;
        }

        string scheme = text[..colon].ToLowerInvariant();
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            address = new EndpointAddress(text, scheme, string.Empty, rest);
            return rest.Length > 0;
        }

        int slash = rest.IndexOf('/', 2);
        address = slash < 0
            ? new EndpointAddress(text, scheme, rest[2..], string.Empty)
            : new EndpointAddress(text, scheme, rest[2..slash], rest[slash..]);
        return true;
    }

    /// <summary>Splits <see cref="Authority"/> into host and port.</summary>
    /// <param name="defaultPort">The port if the address names none; null if it must.</param>
    /// <returns>The host without brackets, empty for all interfaces, and the port (0 to 65,535).</returns>
    /// <exception cref="FormatException">There is no host and port; the message is a sentence that names the address.</exception>
    public (string Host, int Port) GetHostAndPort(int? defaultPort = null)
    {
        try
        {
            return AddressText.Split(Authority, defaultPort);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"'{Shorten(Text)}' needs a host and a port from 0 to 65535: write {Scheme}://host:port.", exception);
        }
    }

    /// <summary>The address as it was given.</summary>
    public override string ToString() => Text;

    /// <summary>RFC 3986 section 3.1.</summary>
    private static bool IsScheme(ReadOnlySpan<char> text)
    {
        foreach (char each in text)
        {
            if (!char.IsAsciiLetterOrDigit(each) && each is not ('+' or '-' or '.'))
            {
                return false;
            }
        }

        return char.IsAsciiLetter(text[0]);
    }

    /// <summary>Tells <c>localhost:80</c> from <c>unix:path</c>.</summary>
    private static bool IsPort(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string Shorten(string text) => text.Length > 100 ? text[..100] + "…" : text;
}
