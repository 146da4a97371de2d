using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Wire;

public sealed class StatelessResetTokenTests
{
    [Test]
    public void A_token_is_its_sixteen_bytes()
    {
        byte[] bytes = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
        StatelessResetToken token = new(bytes);
        byte[] copy = new byte[16];
        token.CopyTo(copy);
        Assert.That(copy, Is.EqualTo(bytes));
        Assert.That(token.IsZero, Is.False);
        Assert.That(default(StatelessResetToken).IsZero, Is.True);
        for (int bit = 0; bit < 128; bit++)
        {
            copy[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(token.FixedTimeEquals(new StatelessResetToken(copy)), Is.False, $"bit {bit} off");
            Assert.That(token != new StatelessResetToken(copy), Is.True);
            copy[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.That(token.FixedTimeEquals(new StatelessResetToken(copy)), Is.True);
        Assert.That(token, Is.EqualTo(new StatelessResetToken(copy)));
        Assert.That(token.ToString(), Does.Not.Contain("01"), "a token is a secret");
    }

    [TestCase(15)]
    [TestCase(17)]
    public void Another_length_is_a_callers_error(int length) =>
        Assert.That(() => new StatelessResetToken(new byte[length]), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
