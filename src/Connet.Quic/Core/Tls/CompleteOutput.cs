namespace Connet.Quic.Core.Tls;

/// <summary>The handshake is complete (RFC 9001, section 4.1.1): the peer's Finished was verified and ours is out.</summary>
internal sealed record CompleteOutput : TlsOutput;
