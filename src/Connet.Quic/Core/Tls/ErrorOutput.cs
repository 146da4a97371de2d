namespace Connet.Quic.Core.Tls;

/// <summary>
/// The handshake failed. <paramref name="TransportErrorCode"/> is 0x100 plus the TLS alert (RFC 9001, section 4.8) or a
/// transport error of its own; <paramref name="Message"/> is one sentence without secrets.
/// </summary>
internal sealed record ErrorOutput(long TransportErrorCode, string Message) : TlsOutput;
