namespace Connet.Quic.Core.Tls;

/// <summary>
/// The peer's transport parameters as they came (RFC 9001, section 8.2). They are authenticated only once the handshake
/// is complete.
/// </summary>
internal sealed record PeerParametersOutput(byte[] Encoded) : TlsOutput;
