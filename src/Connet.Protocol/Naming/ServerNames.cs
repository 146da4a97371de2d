using System.Security.Cryptography;

namespace Connet.Protocol.Naming;

/// <summary>Generated names: <c>&lt;random name&gt;.&lt;realm&gt;.invalid</c>, which no name server will ever know.</summary>
internal static class ServerNames
{
    private const int RandomLength = 32;
    private const string Suffix = ".invalid";

    /// <summary>The base32hex text of 32 random bytes.</summary>
    public static string RandomName()
    {
        Span<byte> random = stackalloc byte[RandomLength];
        RandomNumberGenerator.Fill(random);
        return Base32Hex.Encode(random);
    }

    /// <summary>A new name in one of the <see cref="Realms"/>.</summary>
    public static string Create(string realm) => $"{RandomName()}.{realm}{Suffix}";

    /// <summary>Whether a name is one that <see cref="Create"/> could have made for this realm.</summary>
    public static bool IsIn(string name, string realm)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && Base32Hex.TryDecode(name.AsSpan(0, dot), out byte[] random)
            && random.Length == RandomLength
            && name.AsSpan(dot + 1).Equals(realm + Suffix, StringComparison.Ordinal);
    }
}
