using Connet.Quic.Core;

namespace Connet.Quic.Io;

/// <summary>Decides about the peer's certificate chain (DER as it came, leaf first). Runs on the thread pool.</summary>
internal delegate ValueTask<CertificateDecision> CertificateCheck(IReadOnlyList<byte[]> chain, CancellationToken cancellationToken);
