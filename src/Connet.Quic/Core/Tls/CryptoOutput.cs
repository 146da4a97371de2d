using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Tls;

/// <summary>Handshake bytes to send in CRYPTO frames of <paramref name="Level"/>.</summary>
internal sealed record CryptoOutput(EncryptionLevel Level, byte[] Data) : TlsOutput;
