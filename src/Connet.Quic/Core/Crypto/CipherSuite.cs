namespace Connet.Quic.Core.Crypto;

/// <summary>The TLS 1.3 cipher suites that QUIC packets are protected with (RFC 9001, section 5.3), by their TLS code points.</summary>
internal enum CipherSuite
{
    Aes128GcmSha256 = 0x1301,
    Aes256GcmSha384 = 0x1302,
    ChaCha20Poly1305Sha256 = 0x1303,
}
