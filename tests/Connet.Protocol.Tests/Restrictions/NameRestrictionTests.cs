using Connet.Protocol.Restrictions;

namespace Connet.Protocol.Tests.Restrictions;

/// <summary>Endpoint names against expressions.</summary>
[CancelAfter(30_000)]
public sealed class NameRestrictionTests
{
    [TestCase("", "anything", true)]
    [TestCase("svc", "my-svc-1", true)]
    [TestCase("svc", "service", false)]
    [TestCase("^svc", "my-svc", false)]
    [TestCase("^svc", "svc-1", true)]
    [TestCase("^svc$", "svc", true)]
    [TestCase("^svc$", "svc\n", false)]
    [TestCase("^svc$", "svc-1", false)]
    [TestCase("a|^b$", "xax", true)]
    [TestCase("^(a|b)$", "b", true)]
    [TestCase("^a\\$$", "a$", true)]
    [TestCase("^[$]$", "$", true)]
    [TestCase("(?m)^b$", "a\nb\nc", true)]
    [TestCase("(?i)^SVC$", "svc", true)]
    [TestCase("^\\d+$", "123", true)]
    [TestCase("^\\d+$", "\u0661\u0662", false)]
    [TestCase("^\\w+$", "a_1", true)]
    [TestCase("^\\w+$", "\u00e4", false)]
    [TestCase("^[\\w-]+$", "a-1", true)]
    [TestCase("^[\\w-]+$", "\u00e4", false)]
    [TestCase("^\\S+\\s\\S+$", "a b", true)]
    [TestCase("^\\D\\W$", "a-", true)]
    [TestCase("^(?P<team>[a-z]+)-", "red-1", true)]
    [TestCase("^[]a]+$", "]a", true)]
    [TestCase("^[^]a]+$", "b", true)]
    [TestCase("^[^]a]+$", "]", false)]
    [TestCase("^[[:alpha:]]+$", "abc", true)]
    [TestCase("^[[:alpha:]]+$", "ab1", false)]
    [TestCase("^[[:alnum:]_.]+$", "a.1", true)]
    [TestCase("^[[:punct:]]+$", "[]\\-~", true)]
    [TestCase("^[[:punct:]]+$", "a", false)]
    [TestCase("^[a[]+$", "[a", true)]
    [TestCase("^[a-z-[b]$", "b", true)]
    public void Names_match_as_with_re2(string expression, string name, bool expected) =>
        Assert.That(NameRestriction.Parse(expression).IsAllowed(name), Is.EqualTo(expected));

    [TestCase("(")]
    [TestCase("[a")]
    [TestCase("a\\")]
    [TestCase("*")]
    [TestCase("(a)\\1")]
    [TestCase("(?=a)")]
    [TestCase("(?<!a)b")]
    [TestCase("[[:vowel:]]")]
    public void What_is_no_expression_or_needs_backtracking_is_refused(string expression) =>
        Assert.That(() => NameRestriction.Parse(expression), Throws.TypeOf<FormatException>().With.Message.Contains(expression));

    /// <summary>A backtracking engine would not finish this before the test is cancelled.</summary>
    [Test]
    public void Matching_takes_linear_time() =>
        Assert.That(NameRestriction.Parse("^(a+)+$").IsAllowed(new string('a', 50_000) + "!"), Is.False);
}
