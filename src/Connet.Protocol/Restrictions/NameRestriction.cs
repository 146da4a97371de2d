using System.Text.RegularExpressions;

namespace Connet.Protocol.Restrictions;

/// <summary>
/// Which endpoint names a token permits: those in which a regular expression matches anywhere, unless it is anchored. The time
/// of a match is linear in the name's length, whatever the expression.
/// </summary>
internal sealed class NameRestriction
{
    private readonly Regex? _expression;

    private NameRestriction(Regex? expression) => _expression = expression;

    /// <summary>Permits every name.</summary>
    public static NameRestriction None { get; } = new(null);

    /// <summary>Reads an expression; an empty one permits every name.</summary>
    /// <exception cref="FormatException">The expression is not well-formed, or needs backtracking.</exception>
    public static NameRestriction Parse(string expression)
    {
        if (expression.Length == 0)
        {
            return None;
        }

        try
        {
            const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            return new NameRestriction(new Regex(LinearExpression.Translate(expression), Options));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            string text = $"'{expression}' is not an expression that names can be matched with: {exception.Message}";
            throw new FormatException(text, exception);
        }
    }

    /// <summary>Whether a name is permitted.</summary>
    public bool IsAllowed(string name) => _expression is null || _expression.IsMatch(name);
}
