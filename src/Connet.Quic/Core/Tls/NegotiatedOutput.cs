namespace Connet.Quic.Core.Tls;

/// <summary>The application protocol both sides will speak, and the server name the client asked for, if any.</summary>
internal sealed record NegotiatedOutput(byte[] Alpn, string? ServerName) : TlsOutput;
