using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Client;
using Connet.Client.Endpoints;

namespace Connet.AspNetCore.Tls;

/// <summary>The files of <see cref="EndpointTlsOptions"/> as what the platform's TLS takes.</summary>
internal static class TlsFiles
{
    /// <summary>The side of a source: its certificate, and the authorities of client certificates if there are any.</summary>
    /// <exception cref="ConnetEndpointException">A file is missing or cannot be used.</exception>
    public static SslServerAuthenticationOptions Server(EndpointTlsOptions options)
    {
        SslServerAuthenticationOptions server = new()
        {
            ServerCertificateContext = Own(options)
                ?? throw new ConnetEndpointException("A source with TLS needs a certificate: name the PEM files of a certificate and its key."),
        };
        if (options.CaFile is not null)
        {
            server.ClientCertificateRequired = true;
            server.CertificateChainPolicy = Policy(options.CaFile);
        }

        return server;
    }

    /// <summary>The side of a destination: who vouches for the service, and the client certificate if there is one.</summary>
    /// <exception cref="ConnetEndpointException">A file is missing or cannot be used.</exception>
    public static SslClientAuthenticationOptions Client(EndpointTlsOptions options, string host)
    {
        SslClientAuthenticationOptions client = new() { TargetHost = host, ClientCertificateContext = Own(options) };
        if (options.SkipVerification)
        {
#pragma warning disable CA5359 // What the user asked for, by its name.
            client.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (options.CaFile is not null)
        {
            client.CertificateChainPolicy = Policy(options.CaFile);
        }

        return client;
    }

    private static SslStreamCertificateContext? Own(EndpointTlsOptions options)
    {
        if (options.CertificateFile is not { } file)
        {
            return null;
        }

        X509Certificate2Collection chain = Read(file);
        try
        {
            X509Certificate2 own = X509Certificate2.CreateFromPemFile(file, options.KeyFile ?? file);
            return SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConnetEndpointException(
                $"The private key in {options.KeyFile ?? file} cannot be read, or is not that of the certificate in {file}: give the PEM file of the certificate's key.", exception);
        }
    }

    private static X509ChainPolicy Policy(string caFile)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(Read(caFile));
        return policy;
    }

    private static X509Certificate2Collection Read(string file)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConnetEndpointException($"The certificate file {file} cannot be read: {exception.Message.TrimEnd('.')}.", exception);
        }

        return certificates.Count > 0
            ? certificates
            : throw new ConnetEndpointException($"The file {file} has no certificate in it: give a PEM file.");
    }
}
