using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Connet.Architecture.Tests;

/// <summary>One C# file: its path relative to the repository's root and its text.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>Read as the newest language version that the parser knows.</summary>
    public static CSharpParseOptions Options { get; } = new(LanguageVersion.Preview);

    /// <summary>The parsed file.</summary>
    public CompilationUnitSyntax Syntax { get; } = (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(Text, Options, Path).GetRoot();

    public int LineCount => Text.AsSpan().Count('\n') + (Text.EndsWith('\n') ? 0 : 1);
}
