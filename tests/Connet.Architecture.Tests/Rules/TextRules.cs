using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Connet.Architecture.Tests.Rules;

/// <summary>Where packages come from is the machine's business: no file of the repository says so.</summary>
internal static class TextRules
{
    // In pieces, since this file is checked too.
    private static readonly string[][] s_hosts =
    [
        ["nuget", "org"], ["npmjs", "org"], ["npmjs", "com"], ["yarnpkg", "com"], ["pypi", "org"], ["pythonhosted", "org"], ["crates", "io"],
        ["rubygems", "org"], ["proxy", "golang", "org"], ["sum", "golang", "org"], ["myget", "org"], ["maven", "org"], ["jsr", "io"],
        ["pkgs", "dev", "azure", "com"], ["deb", "debian", "org"], ["archive", "ubuntu", "com"], ["quay", "io"], ["docker", "io"],
    ];

    private static readonly Regex s_host = new(
        @"(?<![\w-])(?<!(?<!/)/)(?:[\w-]+\.)*(?:" + string.Join('|', s_hosts.Select(parts => string.Join(@"\.", parts))) + @")(?![\w-]|\.\w)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>The registries' hosts that a text names.</summary>
    public static IEnumerable<string> RegistryHosts(string path, string text) =>
        s_host.Matches(text).Select(match => $"{path}:{text.AsSpan(0, match.Index).Count('\n') + 1} names {match.Value}");

    /// <summary>The sources and folders that a nuget.config names.</summary>
    public static IEnumerable<string> PackageSources(string config) =>
        XDocument.Parse(config).Descendants()
            .Where(element => element.Parent?.Name.LocalName is "packageSources" or "fallbackPackageFolders" or "packageSourceMapping"
                || element.Attribute("key")?.Value is "globalPackagesFolder" or "repositoryPath")
            .Select(element => $"nuget.config: {element}");
}
