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
        Assert.That(table.Find("a")?.Restriction, Is.SameAs(restrictions[2]), "the last one's");
        Assert.That(table.Find("b")?.Restriction, Is.SameAs(restrictions[1]));
        Assert.That(table.Find("ü")?.Restriction, Is.SameAs(restrictions[3]));
        Assert.That(table.Find("long " + new string('x', 1000))?.Restriction, Is.SameAs(restrictions[4]));
        Assert.That(table.Duplicates, Is.EqualTo(1));
        foreach (string wrong in new[] { "", "A", "ab", "a ", "u", "long " + new string('x', 999) })
        {
            Assert.That(table.Find(wrong), Is.Null, wrong);
        }
    }

    [Test]
    public void Without_restrictions_everything_is_permitted_and_without_tokens_nobody()
    {
        Assert.That(new TokenTable(["a"], []).Find("a")?.Restriction, Is.SameAs(TokenRestriction.None));
        Assert.That(new TokenTable([], []).Find(""), Is.Null);
    }

    [Test]
    public void A_token_is_found_again_in_another_table_by_its_grant_and_by_its_tag()
    {
        byte[] secret = [1, 2, 3];
        TokenGrant grant = new TokenTable(["a", "b"], [], secret).Find("a")!;
        TokenTable later = new(["c", "a"], [], secret);
        Assert.That(later.Find(grant)?.Restriction, Is.SameAs(TokenRestriction.None));
        Assert.That(later.FindTag(grant.Tag)?.Hash, Is.EqualTo(grant.Hash));
        Assert.That(grant.Tag, Has.Length.EqualTo(8), "four bytes: too few to find a token by");
        TokenTable without = new(["b", "c"], [], secret);
        Assert.That((without.Find(grant), without.FindTag(grant.Tag)), Is.EqualTo(((TokenGrant?)null, (TokenGrant?)null)));
        Assert.That(new TokenTable(["a"], [], [9]).FindTag(grant.Tag), Is.Null, "with another secret it is another tag");
    }
}
