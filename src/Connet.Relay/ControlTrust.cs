using System.Security.Cryptography;
using Connet.Quic;

namespace Connet.Relay;

/// <summary>How the control server's certificate is checked.</summary>
internal static class ControlTrust
{
    private const string Label = "CERTIFICATE";

    /// <summary>Follows the options.</summary>
    /// <exception cref="RelayServerException">The file with the certificates cannot be read.</exception>
    public static QuicCertificateValidation Of(RelayServerOptions options)
    {
        if (options.ControlCertificateValidation is { } validation)
        {
            return validation;
        }

        if (options.ControlCaFile is not { } path)
        {
            return QuicCertificateValidation.System();
        }

        try
        {
            return QuicCertificateValidation.CustomRoots(ReadCertificates(File.ReadAllText(path)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            throw new RelayServerException($"The certificates in '{path}' that the control server's is checked with cannot be read: {exception.Message}", exception);
        }
    }

    private static List<ReadOnlyMemory<byte>> ReadCertificates(string text)
    {
        List<ReadOnlyMemory<byte>> certificates = [];
        int position = 0;
        while (PemEncoding.TryFind(text.AsSpan(position), out PemFields fields))
        {
            ReadOnlySpan<char> rest = text.AsSpan(position);
            if (rest[fields.Label].SequenceEqual(Label))
            {
                certificates.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
            }

            position += fields.Location.End.Value;
        }

        return certificates;
    }
}
