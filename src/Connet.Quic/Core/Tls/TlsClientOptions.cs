using System.Text;
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

    /// <summary>Finds what could not be sent before a handshake starts with it.</summary>
    /// <exception cref="ArgumentException">No protocol, one of a wrong length, or a server name that is not ASCII.</exception>
    public void Validate()
    {
        if (Alpn.Length == 0 || Array.Exists(Alpn, protocol => protocol.Length is 0 or > byte.MaxValue))
        {
            throw new ArgumentException("At least one application protocol of 1 to 255 bytes is needed.");
        }

        if (ServerName is not null && (ServerName.Length == 0 || !Ascii.IsValid(ServerName)))
        {
            throw new ArgumentException("A server name is ASCII; others have to be converted first.");
        }
    }
}
