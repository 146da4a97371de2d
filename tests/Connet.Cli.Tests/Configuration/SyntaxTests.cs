using Connet.Cli.Configuration;

namespace Connet.Cli.Tests.Configuration;

/// <summary>Durations, addresses, prefixes and keys as people write them.</summary>
public sealed class SyntaxTests
{
    [TestCase("500ms", 500)]
    [TestCase("30s", 30_000)]
    [TestCase("1m30s", 90_000)]
    [TestCase("2h", 7_200_000)]
    [TestCase("1.5s", 1_500)]
    [TestCase("0", 0)]
    [TestCase("0s", 0)]
    [TestCase("2000us", 2)]
    [TestCase("3000000ns", 3)]
    public void A_duration(string text, double milliseconds)
    {
        Assert.That(DurationText.TryParse(text, out TimeSpan value));
        Assert.That(value.TotalMilliseconds, Is.EqualTo(milliseconds));
    }

    [TestCase("")]
    [TestCase("5")]
    [TestCase("s")]
    [TestCase("-1s")]
    [TestCase("1 s")]
    [TestCase("1d")]
    [TestCase("1s2")]
    [TestCase("1..2s")]
    [TestCase("1,000s")]
    [TestCase("99999999999999999999999999999999h")]
    [TestCase("2000h")]
    public void No_duration(string text) => Assert.That(DurationText.TryParse(text, out _), Is.False);

    [TestCase(":0")]
    [TestCase(":19192")]
    [TestCase("localhost:1")]
    [TestCase("[::]:19190")]
    [TestCase("127.0.0.1:65535")]
    public void An_address(string text) => Assert.That(AddressSyntax.IsAddress(text));

    [TestCase("")]
    [TestCase("localhost")]
    [TestCase("::1:5")]
    [TestCase("[::1]")]
    [TestCase("[1.2.3.4]:5")]
    [TestCase("[::1]5")]
    [TestCase("[::1")]
    [TestCase("a b:5")]
    [TestCase("a:+5")]
    [TestCase("http://a:5")]
    public void No_address(string text) => Assert.That(AddressSyntax.IsAddress(text), Is.False);

    [TestCase("10.0.0.0/8", true)]
    [TestCase("10.0.0.1", true)]
    [TestCase("::1", true)]
    [TestCase("2001:db8::/32", true)]
    [TestCase("::ffff:10.0.0.0/104", true)]
    [TestCase("0.0.0.0/0", true)]
    [TestCase("10.0.0.0/33", false)]
    [TestCase("::/129", false)]
    [TestCase("10.0.0/8", false)]
    [TestCase("010.0.0.0/8", false)]
    [TestCase("10.0.0.0/08", false)]
    [TestCase("10.0.0.0/", false)]
    [TestCase("[::1]", false)]
    [TestCase("fe80::1%eth0", false)]
    [TestCase("example.com", false)]
    public void A_prefix(string text, bool good) => Assert.That(AddressSyntax.IsPrefix(text), Is.EqualTo(good));

    [Test]
    public void A_key_in_base32hex_is_read_in_either_case_and_with_padding()
    {
        // RFC 4648 section 10.
        Assert.That(Base32HexText.TryDecode("CPNMUOJ1E8======", out byte[] bytes));
        Assert.That(bytes, Is.EqualTo("foobar"u8.ToArray()));
        Assert.That(Base32HexText.TryDecode("cpnmuoj1", out bytes));
        Assert.That(bytes, Is.EqualTo("fooba"u8.ToArray()));
    }

    [TestCase("w")]
    [TestCase("0")]
    [TestCase("01")]
    [TestCase("cpnmuoj1e9")]
    public void No_base32hex(string text) => Assert.That(Base32HexText.TryDecode(text, out _), Is.False);
}
