using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic.Core.Tls;

namespace Connet.Quic;

/// <summary>Builds a chain with the platform's X.509 library, to the system's roots or to given ones.</summary>
internal sealed class ChainValidation : QuicCertificateValidation
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyUsage = "2.5.29.37.0";

    private readonly byte[][]? _roots;

    /// <param name="roots">The only trusted roots; <see langword="null"/> for those of the system.</param>
    public ChainValidation(byte[][]? roots)
    {
        if (roots is { Length: 0 })
        {
            throw new ArgumentException("At least one root is needed.", nameof(roots));
        }

        foreach (byte[] root in roots ?? [])
        {
            try
            {
                using X509Certificate2 parsed = X509CertificateLoader.LoadCertificate(root);
            }
            catch (CryptographicException e)
            {
                throw new ArgumentException("A root certificate cannot be parsed.", nameof(roots), e);
            }
        }

        _roots = roots;
    }

    internal override ValueTask<CertificateVerdict> ValidateAsync(
        IReadOnlyList<byte[]> chain, string? targetHost, bool peerIsServer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<X509Certificate2> loaded = [];
        try
        {
            foreach (byte[] encoded in chain)
            {
                X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(encoded);
                loaded.Add(certificate);

                // The platform and the TLS engine must have read the same certificate: anything but plain DER might be
                // read in two ways.
                if (!certificate.RawDataMemory.Span.SequenceEqual(encoded))
                {
                    return new(CertificateVerdict.Refuse(TlsAlert.BadCertificate, "A certificate of the peer is not encoded in DER."));
                }
            }

            return new(Validate(loaded, targetHost, peerIsServer));
        }
        catch (CryptographicException)
        {
            return new(CertificateVerdict.Refuse(TlsAlert.BadCertificate, "A certificate of the peer is malformed."));
        }
        finally
        {
            loaded.ForEach(certificate => certificate.Dispose());
        }
    }

    private CertificateVerdict Validate(List<X509Certificate2> certificates, string? targetHost, bool peerIsServer)
    {
        X509Certificate2 leaf = certificates[0];
        if (peerIsServer && !NamesHost(leaf, targetHost))
        {
            return CertificateVerdict.Refuse(
                TlsAlert.BadCertificate,
                targetHost is null
                    ? "There is no host name to check the server's certificate against."
                    : $"The server's certificate is not for {targetHost}.");
        }

        string usage = peerIsServer ? ServerAuthentication : ClientAuthentication;
        return _roots is not null && Array.Exists(_roots, root => root.AsSpan().SequenceEqual(leaf.RawDataMemory.Span))
            ? ValidateTrustedLeaf(leaf, usage)
            : BuildChain(certificates, usage);
    }

    // Only subject alternative names count, and only addresses for an IP literal; the common name never does.
    private static bool NamesHost(X509Certificate2 leaf, string? targetHost)
    {
        if (targetHost is null)
        {
            return false;
        }

        try
        {
            return leaf.MatchesHostname(targetHost.Trim('[', ']').TrimEnd('.'), allowWildcards: true, allowCommonName: false);
        }
        catch (ArgumentException)
        {
            // Not a host name at all.
            return false;
        }
    }

    // There is no issuer to verify; the platform would refuse a leaf that is a root without being self-signed.
    private static CertificateVerdict ValidateTrustedLeaf(X509Certificate2 leaf, string usage)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (now < leaf.NotBefore || now > leaf.NotAfter)
        {
            return CertificateVerdict.Refuse(TlsAlert.CertificateExpired, "The peer's certificate is expired or not valid yet.");
        }

        foreach (X509EnhancedKeyUsageExtension extension in leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>())
        {
            if (!extension.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == usage || oid.Value == AnyUsage))
            {
                return CertificateVerdict.Refuse(TlsAlert.UnsupportedCertificate, "The peer's certificate is not meant for this use.");
            }
        }

        return CertificateVerdict.Accepted;
    }

    private CertificateVerdict BuildChain(List<X509Certificate2> certificates, string usage)
    {
        using X509Chain chain = new();
        X509ChainPolicy policy = chain.ChainPolicy;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationFlags = X509VerificationFlags.NoFlag;
        policy.ApplicationPolicy.Add(new Oid(usage));
        policy.ExtraStore.AddRange(certificates.Skip(1).ToArray());
        if (_roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            foreach (byte[] root in _roots)
            {
                policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(root));
            }
        }

        try
        {
            if (chain.Build(certificates[0]))
            {
                return CertificateVerdict.Accepted;
            }

            return Explain(chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (flags, status) => flags | status.Status));
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }

            foreach (X509Certificate2 root in policy.CustomTrustStore)
            {
                root.Dispose();
            }
        }
    }

    // The gravest fault first: a chain without a trusted root says nothing about its dates.
    private static CertificateVerdict Explain(X509ChainStatusFlags status)
    {
        const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain
            | X509ChainStatusFlags.ExplicitDistrust;
        if ((status & X509ChainStatusFlags.NotSignatureValid) != 0)
        {
            return CertificateVerdict.Refuse(TlsAlert.BadCertificate, "A signature in the peer's certificate chain is wrong.");
        }

        if ((status & Untrusted) != 0)
        {
            return CertificateVerdict.Refuse(TlsAlert.UnknownCa, "The peer's certificate does not chain to a trusted root.");
        }

        if ((status & X509ChainStatusFlags.NotTimeValid) != 0)
        {
            return CertificateVerdict.Refuse(TlsAlert.CertificateExpired, "A certificate of the peer is expired or not valid yet.");
        }

        return (status & X509ChainStatusFlags.NotValidForUsage) != 0
            ? CertificateVerdict.Refuse(TlsAlert.UnsupportedCertificate, "The peer's certificate is not meant for this use.")
            : CertificateVerdict.Refuse(TlsAlert.CertificateUnknown, $"The peer's certificate chain is not valid ({status}).");
    }
}
