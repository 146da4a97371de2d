using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// One side of a TLS 1.3 handshake carried in CRYPTO frames (RFC 9001, section 4). Everything the session has to say
/// goes to the <see cref="TlsOutputs"/> of the call; nothing the peer sends makes a method throw. One thread at a time.
/// </summary>
internal interface ITlsSession : IDisposable
{
    /// <summary>A client emits its ClientHello; a server gets ready to receive one.</summary>
    void Start(TlsOutputs outputs);

    /// <summary>
    /// Takes CRYPTO bytes of <paramref name="level"/> in order. A fault becomes one <see cref="ErrorOutput"/>, after
    /// which the session is dead and takes everything in silence.
    /// </summary>
    void Receive(EncryptionLevel level, ReadOnlySpan<byte> data, TlsOutputs outputs);

    /// <summary>
    /// Answers a <see cref="PeerCertificateOutput"/>: the handshake goes on, with the peer's Finished if it is already
    /// here. Does nothing on a session that failed in the meantime.
    /// </summary>
    /// <exception cref="InvalidOperationException">No certificate is waiting for an answer.</exception>
    void AcceptPeerCertificate(TlsOutputs outputs);

    /// <summary>Answers a <see cref="PeerCertificateOutput"/>: the handshake fails with <paramref name="alert"/>.</summary>
    /// <exception cref="InvalidOperationException">No certificate is waiting for an answer.</exception>
    void RejectPeerCertificate(int alert, string reason, TlsOutputs outputs);
}
