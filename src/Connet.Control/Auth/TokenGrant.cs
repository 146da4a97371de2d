using Connet.Protocol.Restrictions;

namespace Connet.Control.Auth;

/// <summary>A token that a table knows.</summary>
/// <param name="Hash">Its keyed hash.</param>
/// <param name="Restriction">What it permits.</param>
internal sealed record TokenGrant(byte[] Hash, TokenRestriction Restriction)
{
    private const int TagBytes = 4;

    /// <summary>
    /// Tells tokens apart in a store. Short, so that nobody finds a token by it; that another token has the same one by chance does no
    /// more than to keep an endpoint of the token for the expiry time.
    /// </summary>
    public string Tag => TagOf(Hash);

    public static string TagOf(byte[] hash) => Convert.ToHexString(hash.AsSpan(0, TagBytes));
}
