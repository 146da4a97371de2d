using Connet.Protocol.Keys;

namespace Connet.Protocol.Tests.Keys;

/// <summary>X25519 with the vectors of RFC 7748 and keys that are none.</summary>
public sealed class X25519KeyPairTests
{
    /// <summary>RFC 7748 section 6.1.</summary>
    [Test]
    public void The_example_of_the_rfc_holds()
    {
        X25519KeyPair alice = X25519KeyPair.FromSecret(Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c87ebc0992ab177fba51db92c2a"));
        byte[] bob = Convert.FromHexString("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        Assert.That(Convert.ToHexStringLower(alice.PublicKey), Is.EqualTo("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
        Assert.That(alice.TryAgree(bob, out byte[]? secret), Is.True);
        Assert.That(Convert.ToHexStringLower(secret!), Is.EqualTo("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"));
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
