using System.Net;

namespace Connet.Quic;

/// <summary>A received datagram that is not QUIC.</summary>
/// <param name="RemoteEndPoint">Where it came from, as far as the network tells the truth.</param>
/// <param name="Data">Its bytes.</param>
public sealed record QuicEndpointDatagram(IPEndPoint RemoteEndPoint, ReadOnlyMemory<byte> Data);
