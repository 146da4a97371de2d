using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Client.Endpoints;

/// <summary>
/// Judges the certificate of the other side of a TLS connection: it chains to what is trusted, or is trusted itself; names and dates hold in either
/// case. Nothing is downloaded, and revocation is not asked for.
/// </summary>
internal sealed class PeerCertificateCheck
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyUsage = "2.5.29.37.0";

    private readonly X509Certificate2Collection? _authorities;
    private readonly string _usage;

    /// <param name="authorities">The only ones trusted; null for those of the system.</param>
    /// <param name="peerIsServer">What the other side's certificate must be for.</param>
    public PeerCertificateCheck(X509Certificate2Collection? authorities, bool peerIsServer)
    {
        _authorities = authorities;
        _usage = peerIsServer ? ServerAuthentication : ClientAuthentication;
        Policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = authorities is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
        };
        Policy.ApplicationPolicy.Add(new Oid(_usage));
        Policy.CustomTrustStore.AddRange(authorities ?? []);
    }

    /// <summary>How chains are built. It is copied for each connection.</summary>
    public X509ChainPolicy Policy { get; }

    /// <summary>The <see cref="RemoteCertificateValidationCallback"/>.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string? refusal = Judge(certificate, chain, errors);
        if (refusal is not null)
        {
            CertificateVerdicts.Refuse(sender, refusal);
        }

        return refusal is null;
    }

    /// <returns>Null for a good certificate; else why it is none, without names: the reason may reach the other client.</returns>
    private string? Judge(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return null;
        }

        if (certificate is not X509Certificate2 leaf || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "the other side has shown no certificate";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return "the certificate of the other side is for another name";
        }

        bool isTrustedItself = _authorities?.Any(each => each.RawDataMemory.Span.SequenceEqual(leaf.RawDataMemory.Span)) ?? false;
        if (isTrustedItself)
        {
            return JudgeTrusted(leaf);
        }

        X509ChainStatusFlags status = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (flags, each) => flags | each.Status);
        return $"the certificate of the other side is not vouched for by any that is trusted here ({status})";
    }

    /// <summary>There is no issuer to verify: the chain of a trusted leaf that is not self-signed is incomplete, and may be.</summary>
    private string? JudgeTrusted(X509Certificate2 leaf)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (now < leaf.NotBefore || now > leaf.NotAfter)
        {
            return "the certificate of the other side is expired or not valid yet";
        }

        return leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .All(extension => extension.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == _usage || oid.Value == AnyUsage))
            ? null
            : "the certificate of the other side is not meant for this use";
    }
}
