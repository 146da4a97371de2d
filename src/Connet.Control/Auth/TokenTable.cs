using System.Security.Cryptography;
using System.Text;
using Connet.Protocol.Restrictions;

namespace Connet.Control.Auth;

/// <summary>The tokens of one side, as their hashes, with what each permits.</summary>
internal sealed class TokenTable
{
    private readonly byte[][] _hashes;
    private readonly TokenRestriction[] _restrictions;

    public TokenTable(IReadOnlyList<string> tokens, IReadOnlyList<TokenRestriction> restrictions)
    {
        _hashes = [.. tokens.Select(Hash)];
        _restrictions = [.. Enumerable.Range(0, tokens.Count).Select(i => i < restrictions.Count ? restrictions[i] : TokenRestriction.None)];
    }

    /// <summary>How many tokens stand in the list more than once.</summary>
    public int Duplicates => _hashes.Length - _hashes.Select(Convert.ToHexString).Distinct().Count();

    /// <summary>Finds a token. How long it takes says nothing about which tokens there are: all of them are compared, by their hashes.</summary>
    /// <returns>What the token permits, the last one's restriction if it is listed twice; null if it is none of the list.</returns>
    public TokenRestriction? Find(string token)
    {
        byte[] hash = Hash(token);
        int found = -1;
        for (int i = 0; i < _hashes.Length; i++)
        {
            int mask = -Convert.ToInt32(CryptographicOperations.FixedTimeEquals(hash, _hashes[i]));
            found = (found & ~mask) | (i & mask);
        }

        return found < 0 ? null : _restrictions[found];
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
