using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Connet.Protocol.Seals;

/// <summary>The control server's reconnect tokens: an id, sealed with a secret that only the control server has.</summary>
internal sealed class ReconnectTokens
{
    /// <summary>Ids are server names and random names; more is not worth opening.</summary>
    private const int MaxLength = 1024;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _secret;

    /// <summary>Uses a stored secret.</summary>
    /// <param name="secret">32 random bytes.</param>
    /// <exception cref="ArgumentException">The secret has another length.</exception>
    public ReconnectTokens(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretBox.KeyLength)
        {
            throw new ArgumentException("The secret has 32 bytes.", nameof(secret));
        }

        _secret = secret.ToArray();
    }

    /// <summary>A token that gives its holder this id again.</summary>
    public byte[] Create(string id) => SecretBox.Seal(_secret, Encoding.UTF8.GetBytes(id));

    /// <summary>Reads the id out of a token.</summary>
    /// <returns>False for an empty token or one that is not ours: its holder gets a new id.</returns>
    public bool TryOpen(ReadOnlySpan<byte> token, [NotNullWhen(true)] out string? id)
    {
        id = null;
        if (token.Length > MaxLength || !SecretBox.TryOpen(_secret, token, out byte[]? plaintext))
        {
            return false;
        }

        try
        {
            id = s_strictUtf8.GetString(plaintext);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return true;
    }
}
