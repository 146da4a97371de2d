using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Connet.Architecture.Tests.Metadata;

/// <summary>
/// Mentions that leave no trace in a compiled assembly: constants, which the compiler copies, and <c>nameof</c>. They are read off the source, bound
/// by the compiler but without source generators, so that what generators would add stays unbound here and is left to <see cref="AssemblyUses"/>.
/// </summary>
internal static class SourceUses
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    /// <param name="files">All files of one project.</param>
    /// <param name="assembly">The project's own assembly, which is not referenced: its types come from the files.</param>
    public static IReadOnlyCollection<TypeUse> Read(IEnumerable<SourceFile> files, string assembly)
    {
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) != assembly)
            .Select(path => MetadataReference.CreateFromFile(path));
        SyntaxTree implicitUsings = CSharpSyntaxTree.ParseText(ImplicitUsings, SourceFile.Options);
        CSharpCompilation compilation = CSharpCompilation.Create(
            assembly, [implicitUsings, .. files.Select(file => file.Syntax.SyntaxTree)], references, new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));

        HashSet<TypeUse> uses = [];
        foreach (SyntaxTree tree in compilation.SyntaxTrees)
        {
            SemanticModel model = compilation.GetSemanticModel(tree);
            foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                // `using` directives name namespaces and aliases; a use of what they import is found where it stands.
                if (name.FirstAncestorOrSelf<BaseTypeDeclarationSyntax>() is { } type && Target(model.GetSymbolInfo(name)) is { } target)
                {
                    uses.Add(new TypeUse(FullName((INamedTypeSymbol)model.GetDeclaredSymbol(type)!), FullName(target), null, UsePlace.Source, name.Identifier.Text));
                }
            }
        }

        return uses;
    }

    private static INamedTypeSymbol? Target(SymbolInfo info) => (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) switch
    {
        INamedTypeSymbol type => type,
        { ContainingType: { } type } and (IFieldSymbol or IMethodSymbol or IPropertySymbol or IEventSymbol) => type,
        _ => null,
    };

    private static string FullName(INamedTypeSymbol type)
    {
        INamedTypeSymbol outer = type.OriginalDefinition;
        while (outer.ContainingType is { } containing)
        {
            outer = containing;
        }

        return outer.ContainingNamespace is { IsGlobalNamespace: false } space ? $"{space.ToDisplayString()}.{outer.MetadataName}" : outer.MetadataName;
    }
}
