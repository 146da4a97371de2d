using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Crypto;

public sealed class StatelessResetKeyTests
{
    [Test]
    public void The_token_follows_from_secret_and_ID_alone()
    {
        using StatelessResetKey first = new(new byte[32]);
        using StatelessResetKey second = new(new byte[32]);
        using StatelessResetKey other = new(Enumerable.Repeat((byte)1, 32).ToArray());
        ConnectionId id = new([1, 2, 3, 4]);
        Assert.That(first.Derive(id), Is.EqualTo(second.Derive(id)));
        Assert.That(first.Derive(id), Is.Not.EqualTo(other.Derive(id)));
        Assert.That(first.Derive(id).IsZero, Is.False);
    }

    [Test]
    public void Every_ID_has_its_own_token_whatever_its_length()
    {
        using StatelessResetKey key = new(new byte[32]);
        HashSet<StatelessResetToken> tokens = [];
        for (int length = 0; length <= ConnectionId.MaxLength; length++)
        {
            Assert.That(tokens.Add(key.Derive(new ConnectionId(new byte[length]))), Is.True, $"{length} zero bytes");
        }
    }

    [Test]
    public void The_secret_of_tokens_is_a_use_of_its_own()
    {
        // Not the plain HMAC of the ID: that would be the token of anyone who uses the secret the obvious way.
        byte[] secret = new byte[32];
        ConnectionId id = new([1, 2, 3, 4]);
        using StatelessResetKey key = new(secret);
        byte[] plain = System.Security.Cryptography.HMACSHA256.HashData(secret, id.ToArray());
        Assert.That(key.Derive(id), Is.Not.EqualTo(new StatelessResetToken(plain.AsSpan(0, 16))));
    }

    [Test]
    public void A_short_secret_is_refused() => Assert.That(() => new StatelessResetKey(new byte[31]), Throws.ArgumentException);
}
