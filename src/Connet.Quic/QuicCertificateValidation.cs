using System.Security.Cryptography.X509Certificates;

namespace Connet.Quic;

/// <summary>
/// Decides whether a peer's certificate is trusted. The peer has proven by then that it holds the certificate's key; no
/// data has been exchanged. Immutable and safe to share between connections and threads.
/// </summary>
public abstract class QuicCertificateValidation
{
    private protected QuicCertificateValidation()
    {
    }

    /// <summary>
    /// Trusts exactly these leaf certificates, compared byte for byte with what the peer sent. Names, dates and issuers
    /// are not looked at: the bytes are the identity. Works with every kind of key, Ed25519 included.
    /// </summary>
    /// <param name="certificates">The trusted leaf certificates in DER; at least one.</param>
    /// <exception cref="ArgumentException">There is no certificate, or an empty one.</exception>
    public static QuicCertificateValidation Pinned(params IEnumerable<ReadOnlyMemory<byte>> certificates) =>
        new PinnedValidation(certificates);

    /// <summary>
    /// Trusts certificates that chain to a root of the operating system. A server's certificate has to name the host that
    /// was dialled in its subject alternative names, as a DNS name or, for an IP literal, as an address; the common name
    /// is never used. Dates and the extended key usage (server or client authentication) are checked; revocation is not,
    /// and nothing is downloaded.
    /// </summary>
    /// <remarks>
    /// Whether chains signed with Ed25519 can be verified depends on the platform's X.509 library: OpenSSL on Linux can,
    /// the libraries of Windows and macOS cannot and refuse such a chain. <see cref="Pinned"/> works everywhere.
    /// </remarks>
    public static QuicCertificateValidation System() => new ChainValidation(null);

    /// <summary>
    /// Trusts certificates that chain to one of these roots and nothing else, with the checks of <see cref="System()"/>.
    /// A leaf that is itself in the list is trusted without an issuer, self-signed or not; its name, dates and usage
    /// are still checked. Any other root has to be self-signed.
    /// </summary>
    /// <remarks>
    /// Whether chains signed with Ed25519 can be verified depends on the platform's X.509 library: OpenSSL on Linux can,
    /// the libraries of Windows and macOS cannot and refuse such a chain. An Ed25519 leaf that is itself in the list, and
    /// <see cref="Pinned"/>, work everywhere.
    /// </remarks>
    /// <param name="roots">The trusted certificates; their bytes are copied.</param>
    /// <exception cref="ArgumentException">There is no root.</exception>
    public static QuicCertificateValidation CustomRoots(X509Certificate2Collection roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        return CustomRoots(roots.Select(root => new ReadOnlyMemory<byte>(root.RawData)));
    }

    /// <inheritdoc cref="CustomRoots(X509Certificate2Collection)"/>
    /// <param name="roots">The trusted certificates in DER; they are copied.</param>
    /// <exception cref="ArgumentException">There is no root, or one that cannot be parsed.</exception>
    public static QuicCertificateValidation CustomRoots(params IEnumerable<ReadOnlyMemory<byte>> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        return new ChainValidation([.. roots.Select(root => root.ToArray())]);
    }

    /// <summary>
    /// For servers that authorise later, from the certificate of the connection: accepts whatever certificate a client
    /// presents. Never accepts a server's certificate.
    /// </summary>
    public static QuicCertificateValidation AnyCertificate() => new AnyClientCertificateValidation();

    /// <summary>
    /// Asks the application. The callback may be called by several connections at once; the handshake waits for it, within
    /// the connection's handshake timeout. <see langword="false"/> or an exception refuses the certificate.
    /// </summary>
    /// <param name="validate">Returns whether the certificate is trusted; the token ends with the connection attempt.</param>
    public static QuicCertificateValidation Custom(Func<QuicPeerCertificateContext, CancellationToken, ValueTask<bool>> validate)
    {
        ArgumentNullException.ThrowIfNull(validate);
        return new CustomValidation(validate);
    }

    /// <summary>Judges a chain, leaf first, byte for byte as it came. May take long: not for the socket's thread.</summary>
    internal abstract ValueTask<CertificateVerdict> ValidateAsync(
        IReadOnlyList<byte[]> chain, string? targetHost, bool peerIsServer, CancellationToken cancellationToken);
}
