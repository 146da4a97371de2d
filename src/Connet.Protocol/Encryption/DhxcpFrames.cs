namespace Connet.Protocol.Encryption;

/// <summary>The measures of frames: two bytes of big-endian length, then the ciphertext with its tag, which the length counts.</summary>
internal static class DhxcpFrames
{
    /// <summary>The bytes of the length field.</summary>
    public const int HeaderLength = 2;

    /// <summary>The most plaintext in a frame.</summary>
    public const int MaxPlaintext = 65_517;

    /// <summary>The largest value of the length field.</summary>
    public const int MaxSealed = MaxPlaintext + FrameCipher.TagLength;
}
