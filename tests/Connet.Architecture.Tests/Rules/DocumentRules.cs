using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Connet.Architecture.Tests.Rules;

/// <summary>Documents keep their word: C# in them compiles, and what they link to is there.</summary>
internal static class DocumentRules
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly Regex s_block = new(@"^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.CultureInvariant);
    private static readonly Regex s_link = new(@"\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)", RegexOptions.CultureInvariant);

    private static readonly Lazy<MetadataReference[]> s_references = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))]);

    private static readonly Regex s_test = new(@"`(\w+Tests)\.(\w+)`", RegexOptions.CultureInvariant);

    /// <summary>The tests that a Markdown text names, as <c>`Class.Method`</c>, and that none of the sources has.</summary>
    public static IEnumerable<string> MissingTests(string path, string markdown, IReadOnlyCollection<SourceFile> sources) =>
        s_test.Matches(markdown)
            .Select(match => (Class: match.Groups[1].Value, Method: match.Groups[2].Value))
            .Where(test => !sources.Any(source =>
                Path.GetFileNameWithoutExtension(source.Path) == test.Class && source.Text.Contains($" {test.Method}(", StringComparison.Ordinal)))
            .Select(test => $"{path} names {test.Class}.{test.Method}");

    /// <summary>The rows of a Markdown text's tables that name no test; a header and the line below it are none.</summary>
    public static IEnumerable<string> RowsWithoutTests(string path, string markdown)
    {
        string[] lines = markdown.Split('\n');
        return lines
            .Where((line, i) => line.StartsWith('|') && !line.StartsWith("| ---", StringComparison.Ordinal)
                && !(i + 1 < lines.Length && lines[i + 1].StartsWith("| ---", StringComparison.Ordinal)) && !s_test.IsMatch(line))
            .Select(line => $"{path}: {line}");
    }

    /// <summary>The C# blocks of a Markdown text.</summary>
    public static IEnumerable<string> Snippets(string markdown) => s_block.Matches(markdown).Select(match => match.Groups[1].Value);

    /// <summary>The compiler's errors for a snippet, taken as the main program of an application with implicit usings.</summary>
    /// <param name="path">Where it stands, for the message.</param>
    /// <param name="snippet">The code.</param>
    /// <param name="given">Declarations that the reader is expected to have.</param>
    public static IEnumerable<string> CompileErrors(string path, string snippet, string given = "")
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Snippet",
            new[] { ImplicitUsings + given, snippet }.Select(text => CSharpSyntaxTree.ParseText(text, SourceFile.Options)),
            s_references.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return compilation.GetDiagnostics().Where(each => each.Severity >= DiagnosticSeverity.Warning).Select(each => $"{path}: {each.GetMessage(null)}");
    }

    /// <summary>Links to files of the repository that are not there.</summary>
    public static IEnumerable<string> DeadLinks(string path, string markdown, Func<string, bool> exists)
    {
        string folder = Path.GetDirectoryName(path)!;
        return s_link.Matches(markdown).Select(match => match.Groups[1].Value)
            .Where(link => !exists(Path.Combine(folder, link)))
            .Select(link => $"{path} links to {link}");
    }
}
