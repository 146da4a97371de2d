using System.Net;

namespace Connet.Protocol.Restrictions;

/// <summary>
/// Which addresses may connect: none that a deny prefix matches; of the others, all if there is no allow prefix, else those that
/// one matches.
/// </summary>
internal sealed class IpRestriction(IEnumerable<IpPrefix> allow, IEnumerable<IpPrefix> deny)
{
    private readonly IpPrefix[] _allow = [.. allow];
    private readonly IpPrefix[] _deny = [.. deny];

    /// <summary>Allows every address.</summary>
    public static IpRestriction None { get; } = new([], []);

    /// <summary>Reads lists of addresses and prefixes.</summary>
    /// <exception cref="FormatException">One of them is neither.</exception>
    public static IpRestriction Parse(IEnumerable<string> allow, IEnumerable<string> deny) =>
        new(allow.Select(IpPrefix.Parse), deny.Select(IpPrefix.Parse));

    /// <summary>Whether an address may connect.</summary>
    public bool IsAllowed(IPAddress address) => !Matches(_deny, address) && (_allow.Length == 0 || Matches(_allow, address));

    private static bool Matches(IpPrefix[] prefixes, IPAddress address)
    {
        foreach (IpPrefix prefix in prefixes)
        {
            if (prefix.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
