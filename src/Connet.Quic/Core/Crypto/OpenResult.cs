namespace Connet.Quic.Core.Crypto;

/// <summary>What became of a received 1-RTT packet.</summary>
internal enum OpenResult
{
    /// <summary>It is authentic and decrypted.</summary>
    Opened,

    /// <summary>It is authentic, and the peer has updated its keys: ours, in both directions, have followed.</summary>
    OpenedAfterUpdate,

    /// <summary>It is not authentic: to be dropped without a word.</summary>
    Failed,

    /// <summary>The peer broke the rules of key updates: KEY_UPDATE_ERROR (RFC 9001, section 6).</summary>
    KeyUpdateError,

    /// <summary>Too many packets were not authentic: AEAD_LIMIT_REACHED (RFC 9001, section 6.6).</summary>
    IntegrityLimitReached,
}
