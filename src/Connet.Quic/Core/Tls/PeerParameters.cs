using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>Finds the peer's transport parameters among its extensions.</summary>
internal static class PeerParameters
{
    /// <summary>The extension's content; missing_extension without it (RFC 9001, section 8.2).</summary>
    public static byte[] Require(IDictionary<int, byte[]>? extensions) =>
        extensions is not null && extensions.TryGetValue(TlsDefaults.TransportParametersExtension, out byte[]? encoded)
            ? encoded
            : throw new TlsFatalAlert(AlertDescription.missing_extension);
}
