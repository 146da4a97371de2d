using System.Net;
using Connet.Protocol.Restrictions;

namespace Connet.Protocol.Tests.Restrictions;

/// <summary>Prefixes and lists of them.</summary>
public sealed class IpRestrictionTests
{
    [TestCase("192.0.2.7", "192.0.2.7", true)]
    [TestCase("192.0.2.7", "192.0.2.8", false)]
    [TestCase("192.0.2.0/24", "192.0.2.255", true)]
    [TestCase("192.0.2.0/24", "192.0.3.0", false)]
    [TestCase("192.0.2.77/24", "192.0.2.1", true)]
    [TestCase("192.0.2.128/25", "192.0.2.127", false)]
    [TestCase("192.0.2.128/31", "192.0.2.129", true)]
    [TestCase("0.0.0.0/0", "255.255.255.255", true)]
    [TestCase("0.0.0.0/0", "::1", false)]
    [TestCase("::/0", "2001:db8::1", true)]
    [TestCase("::/0", "192.0.2.7", false)]
    [TestCase("2001:db8::/32", "2001:db8:ffff::1", true)]
    [TestCase("2001:db8::/32", "2001:db9::", false)]
    [TestCase("2001:db8::1", "2001:db8::1", true)]
    [TestCase("2001:db8::/127", "2001:db8::1", true)]
    [TestCase("2001:db8::/127", "2001:db8::2", false)]
    [TestCase("192.0.2.0/24", "::ffff:192.0.2.7", true)]
    [TestCase("::ffff:192.0.2.0/120", "192.0.2.7", true)]
    [TestCase("::ffff:192.0.2.7", "192.0.2.7", true)]
    [TestCase("::ffff:0:0/96", "192.0.2.7", true)]
    [TestCase("::ffff:0:0/96", "::ffff:192.0.2.7", true)]
    [TestCase("::ffff:0:0/95", "192.0.2.7", false)]
    [TestCase("fe80::/10", "fe80::1%3", true)]
    public void A_prefix_contains_what_begins_with_it(string prefix, string address, bool expected) =>
        Assert.That(IpPrefix.Parse(prefix).Contains(IPAddress.Parse(address)), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("/")]
    [TestCase("192.0.2.0/")]
    [TestCase("192.0.2.0/33")]
    [TestCase("192.0.2.0/-1")]
    [TestCase("192.0.2.0/+1")]
    [TestCase("192.0.2.0/ 1")]
    [TestCase("192.0.2.0/024")]
    [TestCase("192.0.2.0/24/24")]
    [TestCase("192.0.2/24")]
    [TestCase("192.0.2.256")]
    [TestCase("192.0.2.010")]
    [TestCase("1")]
    [TestCase("0x7f000001")]
    [TestCase("2001:db8::/129")]
    [TestCase("[2001:db8::1]")]
    [TestCase("fe80::1%eth0/64")]
    [TestCase("host")]
    [TestCase(" 192.0.2.7")]
    public void What_is_no_prefix_is_refused(string text) =>
        Assert.That(() => IpPrefix.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'"));

    [TestCase("", "", "192.0.2.7", true)]
    [TestCase("", "192.0.2.0/24", "192.0.2.7", false)]
    [TestCase("", "192.0.2.0/24", "198.51.100.1", true)]
    [TestCase("192.0.2.0/24", "", "192.0.2.7", true)]
    [TestCase("192.0.2.0/24", "", "198.51.100.1", false)]
    [TestCase("192.0.2.0/24", "192.0.2.7", "192.0.2.7", false)]
    [TestCase("192.0.2.7", "192.0.2.0/24", "192.0.2.7", false)]
    [TestCase("192.0.2.0/24 2001:db8::/32", "", "2001:db8::5", true)]
    [TestCase("192.0.2.0/24", "", "2001:db8::5", false)]
    [TestCase("", "192.0.2.0/24", "::ffff:192.0.2.7", false)]
    public void Deny_comes_first_and_an_empty_allow_list_allows(string allow, string deny, string address, bool expected) =>
        Assert.That(IpRestriction.Parse(Words(allow), Words(deny)).IsAllowed(IPAddress.Parse(address)), Is.EqualTo(expected));

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
