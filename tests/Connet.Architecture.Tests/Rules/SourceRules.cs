using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Connet.Architecture.Tests.Rules;

/// <summary>Rules that are read off the source text. Each returns what is wrong with a file, and nothing for a good one.</summary>
internal static class SourceRules
{
    /// <summary>One top-level type per file; the file is named after it, partial ones <c>Type.Concern.cs</c>.</summary>
    public static IEnumerable<string> OneTypePerFile(SourceFile file)
    {
        List<MemberDeclarationSyntax> types = [.. TopLevelTypes(file.Syntax)];
        if (types.Count > 1)
        {
            yield return $"{file.Path} holds {types.Count} top-level types: {string.Join(", ", types.Select(NameOf))}";
            yield break;
        }

        if (types.Count == 0)
        {
            yield break;
        }

        string name = NameOf(types[0]);
        string fileName = Path.GetFileNameWithoutExtension(file.Path);
        string concern = name + ".";
        bool partial = types[0].Modifiers.Any(SyntaxKind.PartialKeyword);
        if (fileName != name && !(partial && fileName.StartsWith(concern, StringComparison.Ordinal) && fileName.Length > concern.Length))
        {
            yield return $"{file.Path} holds {name}: name the file {name}.cs{(partial ? $" or {name}.Concern.cs" : "")}";
        }
    }

    /// <summary>The namespace follows from the folder.</summary>
    public static IEnumerable<string> NamespaceIsFolder(SourceFile file)
    {
        string[] folders = file.Path.Split('/')[1..^1];
        string expected = string.Join('.', folders);
        foreach (BaseNamespaceDeclarationSyntax space in file.Syntax.Members.OfType<BaseNamespaceDeclarationSyntax>())
        {
            if (space.Name.ToString() != expected)
            {
                yield return $"{file.Path}: namespace {space.Name} should be {expected}";
            }
        }
    }

    /// <summary><c>[LoggerMessage]</c> methods live in *Log.cs and carry an event id; nothing logs past them.</summary>
    public static IEnumerable<string> Logging(SourceFile file)
    {
        foreach ((AttributeSyntax attribute, int? id) in LoggerMessages(file))
        {
            if (!file.Path.EndsWith("Log.cs", StringComparison.Ordinal))
            {
                yield return $"{At(file, attribute)}: [LoggerMessage] outside a *Log.cs file";
            }

            if (id is null)
            {
                yield return $"{At(file, attribute)}: [LoggerMessage] without a literal event id";
            }
        }

        foreach (InvocationExpressionSyntax call in file.Syntax.DescendantNodes().OfType<InvocationExpressionSyntax>())
        {
            if (call.Expression is MemberAccessExpressionSyntax { Name.Identifier.Text: "LogTrace" or "LogDebug" or "LogInformation" or "LogWarning" or "LogError" or "LogCritical" } access)
            {
                yield return $"{At(file, call)}: {access} instead of a generated log method";
            }
        }
    }

    /// <summary>Event ids used twice by the files of one assembly.</summary>
    public static IEnumerable<string> DuplicateEventIds(IEnumerable<SourceFile> files) =>
        files.SelectMany(file => LoggerMessages(file).Where(each => each.Id is not null).Select(each => (At: At(file, each.Attribute), each.Id)))
            .GroupBy(each => each.Id)
            .Where(group => group.Count() > 1)
            .Select(group => $"event id {group.Key} is used by {string.Join(" and ", group.Select(each => each.At))}");

    /// <summary>Nothing waits for time to pass: production code has deadlines, tests have virtual time or bounded waits.</summary>
    public static IEnumerable<string> Sleeping(SourceFile file)
    {
        foreach (MemberAccessExpressionSyntax access in file.Syntax.DescendantNodes().OfType<MemberAccessExpressionSyntax>())
        {
            string owner = access.Expression.ToString().Split('.')[^1];
            if ((owner, access.Name.Identifier.Text) is ("Thread", "Sleep") or ("Task", "Delay"))
            {
                yield return $"{At(file, access)}: {access}";
            }
        }

        foreach (UsingDirectiveSyntax directive in file.Syntax.DescendantNodes().OfType<UsingDirectiveSyntax>())
        {
            bool imports = !directive.StaticKeyword.IsKind(SyntaxKind.None) || directive.Alias is not null;
            if (imports && directive.NamespaceOrType.ToString().Split('.')[^1] is "Thread" or "Task")
            {
                yield return $"{At(file, directive)}: {directive} hides what is called";
            }
        }
    }

    /// <summary>
    /// The number of members that are not private, per type over all of its parts. Overrides are not counted (their contract is counted where
    /// it is declared), nor are the values of enums.
    /// </summary>
    public static IEnumerable<(string Type, int Members)> VisibleMembers(IEnumerable<SourceFile> files) =>
        files.SelectMany(file => file.Syntax.DescendantNodes().OfType<TypeDeclarationSyntax>())
            .GroupBy(FullName)
            .Select(parts => (parts.Key, parts.Sum(part => part.Members.Sum(member => VisibleNames(part, member)) + RecordParameters(part))));

    private static int VisibleNames(TypeDeclarationSyntax type, MemberDeclarationSyntax member)
    {
        SyntaxTokenList modifiers = member.Modifiers;
        bool visible = type is InterfaceDeclarationSyntax
            ? !modifiers.Any(SyntaxKind.PrivateKeyword)
            : modifiers.Any(SyntaxKind.PublicKeyword) || modifiers.Any(SyntaxKind.InternalKeyword) || modifiers.Any(SyntaxKind.ProtectedKeyword);
        if (!visible || modifiers.Any(SyntaxKind.OverrideKeyword))
        {
            return 0;
        }

        return member is BaseFieldDeclarationSyntax field ? field.Declaration.Variables.Count : 1;
    }

    private static int RecordParameters(TypeDeclarationSyntax type) => type is RecordDeclarationSyntax record ? record.ParameterList?.Parameters.Count ?? 0 : 0;

    private static IEnumerable<(AttributeSyntax Attribute, int? Id)> LoggerMessages(SourceFile file)
    {
        foreach (AttributeSyntax attribute in file.Syntax.DescendantNodes().OfType<AttributeSyntax>())
        {
            if (attribute.Name.ToString().Split('.')[^1] is not ("LoggerMessage" or "LoggerMessageAttribute"))
            {
                continue;
            }

            SeparatedSyntaxList<AttributeArgumentSyntax> arguments = attribute.ArgumentList?.Arguments ?? [];
            AttributeArgumentSyntax? named = arguments.FirstOrDefault(argument =>
                (argument.NameEquals?.Name.Identifier.Text ?? argument.NameColon?.Name.Identifier.Text) is "EventId" or "eventId");
            AttributeArgumentSyntax? first = arguments.FirstOrDefault(argument => argument.NameEquals is null && argument.NameColon is null);
            object? value = ((named ?? first)?.Expression as LiteralExpressionSyntax)?.Token.Value;
            yield return (attribute, value as int?);
        }
    }

    private static IEnumerable<MemberDeclarationSyntax> TopLevelTypes(CompilationUnitSyntax unit) =>
        unit.Members.Concat(unit.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().SelectMany(space => space.Members))
            .Where(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax);

    private static string NameOf(MemberDeclarationSyntax type) =>
        type is BaseTypeDeclarationSyntax declared ? declared.Identifier.Text : ((DelegateDeclarationSyntax)type).Identifier.Text;

    private static string FullName(TypeDeclarationSyntax type)
    {
        IEnumerable<string> names = type.AncestorsAndSelf().Select(node => node switch
        {
            TypeDeclarationSyntax each => each.Identifier.Text + (each.TypeParameterList is { } parameters ? "`" + parameters.Parameters.Count : ""),
            BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
            _ => "",
        });
        return string.Join('.', names.Where(name => name.Length > 0).Reverse());
    }

    private static string At(SourceFile file, SyntaxNode node) => $"{file.Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}
