using System.Globalization;

namespace Connet.AspNetCore.Proxies;

/// <summary>Where requests are forwarded to: a base, before the path and query that a request names, which pass unchanged.</summary>
internal sealed class ForwardTarget
{
    private static readonly UriCreationOptions s_unchanged = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _prefix;

    /// <param name="scheme"><c>http</c> or <c>https</c>.</param>
    /// <param name="host">A name or literal address without brackets.</param>
    /// <param name="port">The port.</param>
    /// <param name="path">What is put before the path of each request; may be empty or end with a slash.</param>
    public ForwardTarget(string scheme, string host, int port, string path)
    {
        string authority = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        Uri root = new(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{authority}:{port}"));
        Base = root.GetLeftPart(UriPartial.Authority);
        _prefix = path.Length == 0 ? string.Empty : new Uri(root, path).AbsolutePath.TrimEnd('/');
    }

    /// <summary>Scheme, host and port.</summary>
    public string Base { get; }

    /// <summary>The address for a request.</summary>
    /// <param name="rawTarget">The target of the request, as it came.</param>
    /// <returns>Null if it leads, or might lead, out of the path of this target.</returns>
    public Uri? Find(string rawTarget)
    {
        string target = OriginForm(rawTarget);
        return _prefix.Length > 0 && HasDotSegments(target) ? null : new Uri(Base + _prefix + target, s_unchanged);
    }

    /// <summary>RFC 9112 section 3.2: a target may be a whole address, or an asterisk.</summary>
    private static string OriginForm(string target)
    {
        if (target.StartsWith('/'))
        {
            return target;
        }

        int authority = target.IndexOf("://", StringComparison.Ordinal);
        int end = authority < 0 ? -1 : target.AsSpan(authority + 3).IndexOfAny('/', '?');
        string rest = end < 0 ? string.Empty : target[(authority + 3 + end)..];
        return rest.StartsWith('/') ? rest : "/" + rest;
    }

    /// <summary>Whether a segment is <c>.</c> or <c>..</c>, with dots and separators written in any of the ways that some service might understand.</summary>
    private static bool HasDotSegments(string target)
    {
        int query = target.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? target : target[..query];
        for (int depth = 0; depth < 3; depth++)
        {
            if (path.Split('/', '\\').Any(segment => segment.Split(';')[0] is "." or ".."))
            {
                return true;
            }

            string decoded = Uri.UnescapeDataString(path);
            if (decoded == path)
            {
                return false;
            }

            path = decoded;
        }

        // Escaped again and again: no honest path is.
        return true;
    }
}
