namespace Connet.Quic.Core.Tls;

/// <summary>Something a TLS session asks its connection to do or to know.</summary>
internal abstract record TlsOutput;
