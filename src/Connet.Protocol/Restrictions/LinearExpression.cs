using System.Text;

namespace Connet.Protocol.Restrictions;

/// <summary>
/// Turns a regular expression as it is written for RE2 into one that means the same here. Where the two differ:
/// <c>$</c> is the end of the text, not also the place before a last line break; <c>\d</c>, <c>\w</c> and <c>\s</c> are ASCII; a
/// named group begins with <c>(?P&lt;</c>; a class may hold <c>[:alpha:]</c> and its like, and any other <c>[</c> in it is itself.
/// </summary>
internal static class LinearExpression
{
    /// <summary>The expression to give to <see cref="System.Text.RegularExpressions.Regex"/>.</summary>
    /// <exception cref="ArgumentException">The expression names a class of characters that there is not.</exception>
    public static string Translate(string expression)
    {
        StringBuilder result = new(expression.Length + 16);
        bool multiline = SetsMultiline(expression);
        bool inClass = false;
        for (int i = 0; i < expression.Length; i++)
        {
            char current = expression[i];
            if (current == '\\' && i + 1 < expression.Length)
            {
                result.Append(Escape(expression[++i], inClass));
            }
            else if (inClass && current == '[')
            {
                i = AppendInnerBracket(expression, i, result);
            }
            else if (inClass)
            {
                inClass = current != ']';
                result.Append(current);
            }
            else if (current == '[')
            {
                inClass = true;
                i = AppendClassStart(expression, i, result);
            }
            else if (current == '$' && !multiline)
            {
                result.Append("\\z");
            }
            else if (current == '(' && expression.AsSpan(i).StartsWith("(?P<"))
            {
                result.Append("(?<");
                i += "(?P<".Length - 1;
            }
            else
            {
                result.Append(current);
            }
        }

        return result.ToString();
    }

    private static string Escape(char letter, bool inClass) => (letter, inClass) switch
    {
        ('d', false) => "[0-9]",
        ('D', false) => "[^0-9]",
        ('w', false) => "[0-9A-Za-z_]",
        ('W', false) => "[^0-9A-Za-z_]",
        ('s', false) => "[\\t\\n\\f\\r ]",
        ('S', false) => "[^\\t\\n\\f\\r ]",
        ('d', true) => "0-9",
        ('w', true) => "0-9A-Za-z_",
        ('s', true) => "\\t\\n\\f\\r ",
        _ => $"\\{letter}",
    };

    /// <summary>A closing bracket right after the opening one, or after its negation, is a member of the class.</summary>
    /// <returns>The position of the last character taken.</returns>
    private static int AppendClassStart(string expression, int start, StringBuilder result)
    {
        int end = start;
        if (end + 1 < expression.Length && expression[end + 1] == '^')
        {
            end++;
        }

        if (end + 1 < expression.Length && expression[end + 1] == ']')
        {
            end++;
        }

        result.Append(expression, start, end - start + 1);
        return end;
    }

    /// <summary>Either the name of a class, as in <c>[[:alpha:]_]</c>, or a bracket like any character.</summary>
    /// <returns>The position of the last character taken.</returns>
    private static int AppendInnerBracket(string expression, int start, StringBuilder result)
    {
        int end = expression.AsSpan(start).StartsWith("[:") ? expression.IndexOf(":]", start + 2, StringComparison.Ordinal) : -1;
        if (end < 0)
        {
            result.Append("\\[");
            return start;
        }

        result.Append(NamedClass(expression[(start + 2)..end]));
        return end + 1;
    }

    private static string NamedClass(string name) => name switch
    {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "blank" => "\\t ",
        "digit" => "0-9",
        "lower" => "a-z",
        "punct" => "!-/:-@\\[-`{-~",
        "space" => "\\t\\n\\v\\f\\r ",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => throw new ArgumentException($"There is no class of characters [:{name}:]."),
    };

    /// <summary>Whether a group of flags, such as <c>(?im)</c>, gives <c>$</c> another meaning, which is the same on both sides.</summary>
    private static bool SetsMultiline(string expression)
    {
        int at = 0;
        while ((at = expression.IndexOf("(?", at, StringComparison.Ordinal)) >= 0)
        {
            at += "(?".Length;
            ReadOnlySpan<char> flags = expression.AsSpan(at);
            int end = flags.IndexOfAnyExcept("imsU");
            if (end > 0 && flags[..end].Contains('m'))
            {
                return true;
            }
        }

        return false;
    }
}
