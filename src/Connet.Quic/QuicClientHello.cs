using System.Net;

namespace Connet.Quic;

/// <summary>What a client says of itself before it is answered. Nothing of it is authenticated.</summary>
/// <param name="ServerName">The name it asks for (SNI); null if it sent none.</param>
/// <param name="ApplicationProtocol">The protocol chosen for it, the first of the listener's that it offered.</param>
/// <param name="RemoteEndPoint">Its address.</param>
public sealed record QuicClientHello(string? ServerName, string ApplicationProtocol, IPEndPoint RemoteEndPoint);
