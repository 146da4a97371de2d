using System.Net;
using Connet.Protocol.Common;
using Connet.Protocol.Restrictions;

namespace Connet.Protocol.Tests.Restrictions;

/// <summary>Roles, and what a token's rules answer.</summary>
public sealed class TokenRestrictionTests
{
    [TestCase("", true, true)]
    [TestCase("source", true, false)]
    [TestCase("destination", false, true)]
    [TestCase("source destination", true, true)]
    public void A_list_of_roles_permits_those(string roles, bool source, bool destination)
    {
        RoleRestriction restriction = RoleRestriction.Parse(roles.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(restriction.IsAllowed(Role.Source), Is.EqualTo(source));
        Assert.That(restriction.IsAllowed(Role.Destination), Is.EqualTo(destination));
        Assert.That(restriction.IsAllowed(Role.Unknown), Is.False);
        Assert.That(restriction.IsAllowed((Role)3), Is.False);
    }

    [TestCase("Source")]
    [TestCase("")]
    [TestCase("relay")]
    public void Another_word_is_no_role(string role) => Assert.That(() => RoleRestriction.Parse([role]), Throws.TypeOf<FormatException>());

    [Test]
    public void The_name_is_checked_before_the_role()
    {
        TokenRestriction restriction = new(IpRestriction.Parse(["192.0.2.0/24"], []), NameRestriction.Parse("^svc-"), RoleRestriction.Parse(["source"]));
        Assert.That(restriction.CheckSession(IPAddress.Parse("192.0.2.7")), Is.Null);
        Assert.That(restriction.CheckSession(IPAddress.Parse("198.51.100.1")), Is.EqualTo(ProtocolErrorCode.AuthenticationFailed));
        Assert.That(restriction.CheckEndpoint("svc-1", Role.Source), Is.Null);
        Assert.That(restriction.CheckEndpoint("svc-1", Role.Destination), Is.EqualTo(ProtocolErrorCode.RoleNotAllowed));
        Assert.That(restriction.CheckEndpoint("other", Role.Source), Is.EqualTo(ProtocolErrorCode.EndpointNotAllowed));
        Assert.That(restriction.CheckEndpoint("other", Role.Destination), Is.EqualTo(ProtocolErrorCode.EndpointNotAllowed));
    }

    [Test]
    public void No_restriction_permits_everything()
    {
        Assert.That(TokenRestriction.None.CheckSession(IPAddress.IPv6Loopback), Is.Null);
        Assert.That(TokenRestriction.None.CheckEndpoint("any", Role.Destination), Is.Null);
    }
}
