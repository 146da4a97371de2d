namespace Connet.Quic.Core.Tls;

/// <summary>The part of a ClientHello a server chooses by. The names are the peer's and not yet authenticated.</summary>
/// <param name="ServerName">The host name of server_name (RFC 6066), as sent; <see langword="null"/> without one.</param>
/// <param name="Alpn">The application protocols offered, at least one.</param>
internal sealed record TlsClientHello(string? ServerName, IReadOnlyList<byte[]> Alpn);
