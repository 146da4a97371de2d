using Connet.Protocol.Keys;

namespace Connet.Protocol.Tests.Keys;

/// <summary>X25519 with the vectors of RFC 7748 and keys that are none.</summary>
public sealed class X25519KeyPairTests
{
    /// <summary>RFC 7748 section 5.2: the first of the iterations, which multiplies the base point.</summary>
    [Test]
    public void The_iteration_of_the_rfc_holds()
    {
        byte[] nine = [9, .. new byte[31]];
        const string Expected = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079";
        X25519KeyPair pair = X25519KeyPair.FromSecret(nine);
        Assert.That(Convert.ToHexStringLower(pair.PublicKey), Is.EqualTo(Expected));
        Assert.That(pair.TryAgree(nine, out byte[]? secret), Is.True);
        Assert.That(Convert.ToHexStringLower(secret!), Is.EqualTo(Expected));
    }

    [TestCase("0000000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("0100000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [TestCase("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [TestCase("")]
    [TestCase("09")]
    public void Keys_that_are_none_are_refused(string key) =>
        Assert.That(X25519KeyPair.Generate().TryAgree(Convert.FromHexString(key), out _), Is.False);

    [Test]
    public void A_secret_has_32_bytes() => Assert.That(() => X25519KeyPair.FromSecret(new byte[31]), Throws.ArgumentException);

    [Test]
    public void Generated_keys_differ_and_agree()
    {
        X25519KeyPair one = X25519KeyPair.Generate();
        X25519KeyPair other = X25519KeyPair.Generate();
        Assert.That(one.PublicKey.ToArray(), Is.Not.EqualTo(other.PublicKey.ToArray()));
        Assert.That(one.TryAgree(other.PublicKey, out byte[]? here), Is.True);
        Assert.That(other.TryAgree(one.PublicKey, out byte[]? there), Is.True);
        Assert.That(here, Is.EqualTo(there));
    }
}
