using Connet.Quic.Core.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>What a server brings to a handshake.</summary>
internal sealed class TlsServerOptions
{
    /// <summary>
    /// Chooses what this connection gets, from what the client asked for. <see langword="null"/> refuses with
    /// handshake_failure; <see cref="TlsServerSelection.Refuse"/> refuses with another alert.
    /// </summary>
    public required Func<TlsClientHello, TlsServerSelection?> Select { get; init; }

    public IReadOnlyList<CipherSuite> CipherSuites { get; init; } = TlsDefaults.CipherSuites;

    public IReadOnlyList<TlsNamedGroup> Groups { get; init; } = TlsDefaults.Groups;
}
