using System.Net;
using Connet.Protocol.Common;

namespace Connet.Protocol.Restrictions;

/// <summary>What a token permits.</summary>
/// <param name="Addresses">From where it may be used.</param>
/// <param name="Names">For which endpoints.</param>
/// <param name="Roles">In which roles.</param>
internal sealed record TokenRestriction(IpRestriction Addresses, NameRestriction Names, RoleRestriction Roles)
{
    /// <summary>Permits everything.</summary>
    public static TokenRestriction None { get; } = new(IpRestriction.None, NameRestriction.None, RoleRestriction.None);

    /// <summary>Checks a session when it authenticates.</summary>
    /// <returns>What to refuse it with, null if it is permitted.</returns>
    public ProtocolErrorCode? CheckSession(IPAddress address) =>
        Addresses.IsAllowed(address) ? null : ProtocolErrorCode.AuthenticationFailed;

    /// <summary>Checks an endpoint: its name first, then its role.</summary>
    /// <returns>What to refuse it with, null if it is permitted.</returns>
    public ProtocolErrorCode? CheckEndpoint(string name, Role role) =>
        !Names.IsAllowed(name) ? ProtocolErrorCode.EndpointNotAllowed
        : !Roles.IsAllowed(role) ? ProtocolErrorCode.RoleNotAllowed
        : null;
}
