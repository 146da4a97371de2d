using Connet.Quic.Core.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>What a client brings to a handshake.</summary>
internal sealed class TlsClientOptions
{
    /// <summary>The application protocols offered, best first; at least one (RFC 9001, section 8.1).</summary>
    public required byte[][] Alpn { get; init; }

    /// <summary>The server name to ask for; <see langword="null"/> sends none, as for IP literals.</summary>
    public string? ServerName { get; init; }

    /// <summary>The client's own certificate, for servers that ask.</summary>
    public TlsIdentity? Certificate { get; init; }

    /// <summary>The encoded transport parameters.</summary>
    public required byte[] TransportParameters { get; init; }

    public IReadOnlyList<CipherSuite> CipherSuites { get; init; } = TlsDefaults.CipherSuites;

    public IReadOnlyList<TlsNamedGroup> Groups { get; init; } = TlsDefaults.Groups;

    /// <summary>The groups to send key shares for in the first ClientHello.</summary>
    public IReadOnlyList<TlsNamedGroup> KeyShareGroups { get; init; } = TlsDefaults.KeyShareGroups;
}
