namespace Connet.Quic.Core.Tls;

/// <summary>What <see cref="TlsServerOptions.Select"/> chose for this connection.</summary>
internal sealed record ServerSelectedOutput(TlsServerSelection Selection) : TlsOutput;
