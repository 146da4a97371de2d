using Connet.Control.Auth;
using Connet.Protocol.Restrictions;

namespace Connet.Control.Tests;

/// <summary>The list of tokens.</summary>
public sealed class TokenTableTests
{
    [Test]
    public void Every_token_is_found_with_its_restriction_and_nothing_else_is()
    {
        TokenRestriction[] restrictions = [.. Enumerable.Range(0, 5).Select(_ => TokenRestriction.None with { })];
        TokenTable table = new(["a", "b", "a", "ü", "long " + new string('x', 1000)], restrictions);
        Assert.That(table.Find("a"), Is.SameAs(restrictions[2]), "the last one's");
        Assert.That(table.Find("b"), Is.SameAs(restrictions[1]));
        Assert.That(table.Find("ü"), Is.SameAs(restrictions[3]));
        Assert.That(table.Find("long " + new string('x', 1000)), Is.SameAs(restrictions[4]));
        Assert.That(table.Duplicates, Is.EqualTo(1));
        foreach (string wrong in new[] { "", "A", "ab", "a ", "u", "long " + new string('x', 999) })
        {
            Assert.That(table.Find(wrong), Is.Null, wrong);
        }
    }

    [Test]
    public void Without_restrictions_everything_is_permitted_and_without_tokens_nobody()
    {
        Assert.That(new TokenTable(["a"], []).Find("a"), Is.SameAs(TokenRestriction.None));
        Assert.That(new TokenTable([], []).Find(""), Is.Null);
    }
}
