using System.Xml.Linq;

namespace Connet.Architecture.Tests.Rules;

/// <summary>What the project files of src may reference and must contain.</summary>
internal static class ProjectRules
{
    /// <summary>The directions between packages.</summary>
    public static IReadOnlyDictionary<string, string[]> Projects { get; } = new Dictionary<string, string[]>
    {
        ["Connet.Quic"] = [],
        ["Connet.Protocol"] = [],
        ["Connet.Client"] = ["Connet.Protocol", "Connet.Quic"],
        ["Connet.Control"] = ["Connet.Protocol", "Connet.Quic"],
        ["Connet.Control.Sqlite"] = ["Connet.Control"],
        ["Connet.Relay"] = ["Connet.Protocol", "Connet.Quic"],
        ["Connet.AspNetCore"] = ["Connet.Client"],
        ["Connet.Hosting"] = ["Connet.Client", "Connet.Control", "Connet.Relay"],
        ["Connet.Testing"] = ["Connet.Client", "Connet.Control", "Connet.Relay"],
    };

    /// <summary>The packages that a project needs at run time besides the abstractions that all may use.</summary>
    public static IReadOnlyDictionary<string, string[]> Packages { get; } = new Dictionary<string, string[]>
    {
        ["Connet.Quic"] = ["BouncyCastle.Cryptography"],
        ["Connet.Protocol"] = ["BouncyCastle.Cryptography", "Google.Protobuf"],
        ["Connet.Control.Sqlite"] = ["Microsoft.Data.Sqlite"],
        ["Connet.AspNetCore"] = ["Yarp.ReverseProxy"],
        ["Connet.Hosting"] = ["Microsoft.Extensions.Configuration.Binder", "Microsoft.Extensions.Diagnostics.HealthChecks"],
    };

    /// <summary>The packages that speak the protocol. Their tests speak it too, by hand.</summary>
    private static readonly string[] s_speakers = ["Connet.Client", "Connet.Control", "Connet.Relay", "Connet.Hosting"];

    private static readonly string[] s_abstractions =
    [
        "Microsoft.Extensions.Logging.Abstractions",
        "Microsoft.Extensions.DependencyInjection.Abstractions",
        "Microsoft.Extensions.Diagnostics.Abstractions",
        "Microsoft.Extensions.Hosting.Abstractions",
        "Microsoft.Extensions.Options",
    ];

    /// <summary>References that point the wrong way, and packages that the project should not need.</summary>
    public static IEnumerable<string> References(string project, XDocument csproj)
    {
        if (!Projects.TryGetValue(project, out string[]? allowed))
        {
            yield return $"{project} is not in the table of packages";
            yield break;
        }

        foreach (XElement reference in csproj.Descendants("ProjectReference"))
        {
            string target = Path.GetFileNameWithoutExtension(Include(reference).Replace('\\', '/'));
            if (!allowed.Contains(target))
            {
                yield return $"{project} must not reference {target}";
            }
        }

        foreach (XElement reference in csproj.Descendants("PackageReference"))
        {
            string package = Include(reference);
            bool buildOnly = (reference.Attribute("PrivateAssets") ?? (object?)reference.Element("PrivateAssets")) is XAttribute { Value: "all" } or XElement { Value: "all" };
            if (!buildOnly && !s_abstractions.Contains(package) && !Packages.GetValueOrDefault(project, []).Contains(package))
            {
                yield return $"{project} must not reference the package {package}";
            }

            if (reference.Attribute("Version") is not null)
            {
                yield return $"{project} gives {package} a version: Directory.Packages.props does";
            }
        }
    }

    /// <summary>A compiled assembly references only what its project may; this also sees what arrives transitively.</summary>
    public static IEnumerable<string> AssemblyReferences(string project, IEnumerable<string> referenced)
    {
        HashSet<string> reachable = [];
        Stack<string> open = new([project]);
        while (open.TryPop(out string? next))
        {
            foreach (string direct in Projects.GetValueOrDefault(next, []))
            {
                if (reachable.Add(direct))
                {
                    open.Push(direct);
                }
            }
        }

        return referenced
            .Where(name => name.StartsWith("Connet.", StringComparison.Ordinal) && !reachable.Contains(name))
            .Select(name => $"{project} must not reference {name}");
    }

    /// <summary>
    /// Friends are a project's own tests, the shared tests and benchmarks; Connet.Protocol also has the packages that speak it, with their tests.
    /// The tests of whole networks see what speaks in them, to choose what each of them speaks.
    /// </summary>
    public static IEnumerable<string> Friends(string project, XDocument csproj)
    {
        string[] common = [project + ".Tests", project + ".Fuzz", project + ".Interop.Tests", "Connet.Architecture.Tests", "Connet.Benchmarks"];
        string[] packages = project == "Connet.Protocol" ? [.. s_speakers, .. s_speakers.Select(speaker => speaker + ".Tests"), "Connet.HandPeer"] : [];
        string[] networks = project == "Connet.Protocol" || Projects["Connet.Testing"].Contains(project) ? ["Connet.Testing.Tests"] : [];
        return csproj.Descendants("InternalsVisibleTo").Select(Include)
            .Where(friend => !common.Contains(friend) && !packages.Contains(friend) && !networks.Contains(friend))
            .Select(friend => $"{project} must not open its internals to {friend}");
    }

    /// <summary>What every package of src has: the library kind, a description, documentation, and a guarded public API.</summary>
    public static IEnumerable<string> Form(string project, XDocument csproj, Func<string, bool> fileExists)
    {
        if ((string?)csproj.Descendants("ConnetProjectKind").SingleOrDefault() != "Library")
        {
            yield return $"{project}: ConnetProjectKind is not Library";
        }

        if (string.IsNullOrWhiteSpace((string?)csproj.Descendants("Description").SingleOrDefault()))
        {
            yield return $"{project}: no Description";
        }

        if (csproj.Descendants("GenerateDocumentationFile").Any(element => (string)element != "true"))
        {
            yield return $"{project}: GenerateDocumentationFile is switched off";
        }

        if (csproj.Descendants("NoWarn").Any(element => ((string)element).Contains("1591", StringComparison.Ordinal)))
        {
            yield return $"{project}: CS1591 (missing documentation) is switched off";
        }

        foreach (string file in new[] { "PublicAPI.Shipped.txt", "PublicAPI.Unshipped.txt", "README.md" })
        {
            if (!fileExists(file))
            {
                yield return $"{project}: no {file}";
            }
        }
    }

    private static string Include(XElement element) => element.Attribute("Include")?.Value ?? "";
}
