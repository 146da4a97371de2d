using Connet.Protocol.Restrictions;

namespace Connet.Control;

/// <summary>What one token permits. Lists that are empty permit everything.</summary>
public sealed class TokenRestrictionOptions
{
    /// <summary>Addresses or prefixes from which the token may be used, such as <c>192.0.2.0/24</c>.</summary>
    /// <value>Empty, all addresses, by default.</value>
    public IList<string> AllowCidrs { get; set; } = [];

    /// <summary>Addresses or prefixes from which the token may not be used, whatever <see cref="AllowCidrs"/> says.</summary>
    /// <value>Empty by default.</value>
    public IList<string> DenyCidrs { get; set; } = [];

    /// <summary>A regular expression that has to match somewhere in an endpoint's name; it must not need backtracking.</summary>
    /// <value>Empty, all names, by default. Has no meaning for a relay's token.</value>
    public string NameMatches { get; set; } = string.Empty;

    /// <summary>The roles that are permitted: <c>source</c>, <c>destination</c>.</summary>
    /// <value>Empty, both, by default. Has no meaning for a relay's token.</value>
    public IList<string> RoleMatches { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() =>
        $"allow [{string.Join(", ", AllowCidrs)}], deny [{string.Join(", ", DenyCidrs)}], names '{NameMatches}', roles [{string.Join(", ", RoleMatches)}]";

    /// <exception cref="FormatException">A part cannot be read; the message says which.</exception>
    internal TokenRestriction Compile() =>
        new(IpRestriction.Parse(AllowCidrs, DenyCidrs), NameRestriction.Parse(NameMatches), RoleRestriction.Parse([.. RoleMatches]));
}
