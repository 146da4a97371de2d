namespace Connet.Quic.Core;

/// <summary>What the driver found about the peer's certificate.</summary>
/// <param name="Accepted">Whether the handshake may go on.</param>
/// <param name="Alert">The TLS alert to refuse it with (RFC 8446, section 6.2).</param>
/// <param name="Reason">Why it was refused, in one sentence; it travels to the peer.</param>
internal readonly record struct CertificateDecision(bool Accepted, int Alert, string Reason);
