using Connet.Protocol.Common;

namespace Connet.Protocol.Restrictions;

/// <summary>Which roles a token permits.</summary>
internal sealed class RoleRestriction
{
    private readonly bool _destination;
    private readonly bool _source;

    private RoleRestriction(bool destination, bool source)
    {
        _destination = destination;
        _source = source;
    }

    /// <summary>Permits both roles.</summary>
    public static RoleRestriction None { get; } = new(destination: true, source: true);

    /// <summary>Reads a list of <c>source</c> and <c>destination</c>; an empty one permits both.</summary>
    /// <exception cref="FormatException">One of the words is neither.</exception>
    public static RoleRestriction Parse(IReadOnlyCollection<string> roles)
    {
        string? wrong = roles.FirstOrDefault(role => role is not ("source" or "destination"));
        if (wrong is not null)
        {
            throw new FormatException($"'{wrong}' is not a role: there are 'source' and 'destination'.");
        }

        return roles.Count == 0 ? None : new RoleRestriction(roles.Contains("destination"), roles.Contains("source"));
    }

    /// <summary>Whether a role is permitted; what is none never is.</summary>
    public bool IsAllowed(Role role) => role switch
    {
        Role.Destination => _destination,
        Role.Source => _source,
        _ => false,
    };
}
