namespace Connet.Quic.Core.Primitives;

/// <summary>
/// The encryption levels that carry data (RFC 9001, section 2.1). Each has its own keys and, in order, is also the
/// index of its packet number space (RFC 9000, section 12.3). 0-RTT is neither offered nor accepted.
/// </summary>
internal enum EncryptionLevel
{
    Initial = 0,
    Handshake = 1,

    /// <summary>1-RTT: the application data packet number space.</summary>
    Application = 2,
}
