using System.Security.Cryptography;
using System.Text;
using Connet.Protocol.Restrictions;

namespace Connet.Control.Auth;

/// <summary>The tokens of one side, as their hashes, with what each permits.</summary>
internal sealed class TokenTable
{
    private readonly byte[] _secret;
    private readonly TokenGrant[] _grants;

    /// <summary>Hashes the tokens.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="restrictions">What each permits; none if all permit everything.</param>
    /// <param name="secret">The key of the hashes: with the same one, tags are the same.</param>
    public TokenTable(IReadOnlyList<string> tokens, IReadOnlyList<TokenRestriction> restrictions, byte[]? secret = null)
    {
        _secret = secret ?? [];
        _grants = [.. tokens.Select((token, i) => new TokenGrant(Hash(token), i < restrictions.Count ? restrictions[i] : TokenRestriction.None))];
    }

    /// <summary>How many tokens stand in the list more than once.</summary>
    public int Duplicates => _grants.Length - _grants.Select(grant => Convert.ToHexString(grant.Hash)).Distinct().Count();

    /// <summary>Finds a token. How long it takes says nothing about which tokens there are: all of them are compared, by their hashes.</summary>
    /// <returns>The token with what it permits, the last one's restriction if it is listed twice; null if it is none of the list.</returns>
    public TokenGrant? Find(string token) => Find(Hash(token));

    /// <summary>Finds a token that another table knew, with what it permits by this one.</summary>
    public TokenGrant? Find(TokenGrant other) => Find(other.Hash);

    /// <summary>Finds a token by its tag.</summary>
    public TokenGrant? FindTag(string tag) => Array.FindLast(_grants, grant => grant.Tag == tag);

    private TokenGrant? Find(byte[] hash)
    {
        int found = -1;
        for (int i = 0; i < _grants.Length; i++)
        {
            int mask = -Convert.ToInt32(CryptographicOperations.FixedTimeEquals(hash, _grants[i].Hash));
            found = (found & ~mask) | (i & mask);
        }

        return found < 0 ? null : _grants[found];
    }

    private byte[] Hash(string token) => HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(token));
}
