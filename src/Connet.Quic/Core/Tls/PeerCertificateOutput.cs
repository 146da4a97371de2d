namespace Connet.Quic.Core.Tls;

/// <summary>
/// The peer's certificate chain, leaf first, byte for byte as it came. The peer has proven that it holds the leaf's key;
/// whether the chain is trusted is for the receiver to say. Until it does, the session holds the peer's Finished back.
/// </summary>
internal sealed record PeerCertificateOutput(IReadOnlyList<byte[]> Chain) : TlsOutput;
