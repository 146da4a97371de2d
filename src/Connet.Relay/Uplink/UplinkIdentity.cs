using Connet.Quic;

namespace Connet.Relay.Uplink;

/// <summary>What a relay says of itself to the control server, and whom it takes for it. Replaced as a whole; the next connection uses it.</summary>
/// <param name="Token">The relay's token.</param>
/// <param name="Metadata">A text about it.</param>
/// <param name="ServerName">The name that the control server's certificate must be for.</param>
/// <param name="Validation">How that certificate is checked.</param>
internal sealed record UplinkIdentity(string Token, string Metadata, string ServerName, QuicCertificateValidation Validation)
{
    /// <summary>Reads the options.</summary>
    /// <exception cref="RelayServerException">The file with the certificates cannot be read.</exception>
    public static UplinkIdentity Of(RelayServerOptions options) =>
        new(options.Token, options.Metadata, options.ControlName ?? options.ControlHostAndPort().Host, ControlTrust.Of(options));

    /// <summary>Shows no token.</summary>
    public override string ToString() => $"relay '{Metadata}' towards {ServerName}";
}
