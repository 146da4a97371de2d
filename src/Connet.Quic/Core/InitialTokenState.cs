namespace Connet.Quic.Core;

/// <summary>What the token of an Initial packet proves.</summary>
internal enum InitialTokenState
{
    /// <summary>There is none, or none of ours; it proves nothing (RFC 9000, section 8.1.3).</summary>
    None,

    /// <summary>The client received our Retry at its address.</summary>
    Valid,

    /// <summary>A Retry token that is expired, forged or another address's: the connection is refused with INVALID_TOKEN (RFC 9000, section 8.1.2).</summary>
    Invalid,
}
