namespace Connet.Quic.Core.Crypto;

/// <summary>The TLS 1.3 cipher suites of this stack (RFC 8446, appendix B.4), by their code points.</summary>
internal enum CipherSuite
{
    Aes128GcmSha256 = 0x1301,
    Aes256GcmSha384 = 0x1302,
    ChaCha20Poly1305Sha256 = 0x1303,
}
