using System.Text.RegularExpressions;
using Tomlyn.Syntax;

namespace Connet.Cli.Toml;

/// <summary>Says what is wrong with a TOML file without quoting it: the parser's own messages show values, and one may be a token.</summary>
internal static partial class TomlProblem
{
    private static readonly (string Fragment, string Hint)[] s_hints =
    [
        ("for a value", "; a text value stands in quotes"),
        ("newline in a string", "; a string is not closed"),
        ("End-Of-File", "; a string is not closed"),
        ("escape character", "; a string has an escape that TOML does not know (a text in single quotes has none)"),
        ("closing `]`", "; an array is not closed"),
        ("closebracket", "; a header is not closed"),
        ("inline table", "; an inline table is not closed"),
        ("Expecting `=`", "; a line is a key, = and a value"),
        ("expecting token `newline`", "; a line is a key, = and a value"),
    ];

    /// <summary>One sentence without the line.</summary>
    public static string Describe(DiagnosticMessage message)
    {
        if (DefinedTwice().Match(message.Message) is { Success: true } match)
        {
            return $"'{match.Groups["key"].Value.Trim()}' is defined already on line {match.Groups["line"].Value}";
        }

        string hint = s_hints.FirstOrDefault(each => message.Message.Contains(each.Fragment, StringComparison.Ordinal)).Hint ?? "";
        return $"not valid TOML at column {message.Span.Start.Column + 1}{hint}";
    }

    [GeneratedRegex(@"^The key `(?<key>[^`]*)` is already defined at \((?<line>\d+),")]
    private static partial Regex DefinedTwice();
}
