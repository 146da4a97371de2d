using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// Stands where TLS would protect records: QUIC packets do that (RFC 9001, section 4). What it decodes is handshake data,
/// and nothing is ever encoded because the record layer's output is taken before it.
/// </summary>
internal sealed class NullRecordCipher : TlsCipher
{
    /// <summary>Makes the engine insist on application data records once it has keys.</summary>
    public bool UsesOpaqueRecordType => true;

    public int GetCiphertextDecodeLimit(int plaintextLimit) => plaintextLimit;

    public int GetCiphertextEncodeLimit(int plaintextLength, int plaintextLimit) => plaintextLength;

    public int GetPlaintextLimit(int ciphertextLimit) => ciphertextLimit;

    public TlsDecodeResult DecodeCiphertext(
        long seqNo, short recordType, ProtocolVersion recordVersion, byte[] ciphertext, int offset, int len) =>
        new(ciphertext, offset, len, ContentType.handshake);

    public TlsEncodeResult EncodePlaintext(
        long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, byte[] plaintext, int offset, int len) =>
        throw new TlsFatalAlert(AlertDescription.internal_error);

    public TlsEncodeResult EncodePlaintext(
        long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, ReadOnlySpan<byte> plaintext) =>
        throw new TlsFatalAlert(AlertDescription.internal_error);

    public void RekeyDecoder() => throw new TlsFatalAlert(AlertDescription.internal_error);

    public void RekeyEncoder() => throw new TlsFatalAlert(AlertDescription.internal_error);
}
