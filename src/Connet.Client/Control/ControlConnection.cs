using System.Net;
using Connet.Protocol;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Client.Control;

/// <summary>A connection on which the control server has authenticated this client.</summary>
/// <param name="Quic">The connection.</param>
/// <param name="Generation">The framing of its messages.</param>
/// <param name="PublicEndPoint">This client's address as the server sees it.</param>
/// <param name="ReconnectToken">What gives the client the same id again; opaque, and kept in memory only.</param>
internal sealed record ControlConnection(QuicConnection Quic, ProtocolGeneration Generation, IPEndPoint PublicEndPoint, ByteString ReconnectToken)
{
    /// <summary>
    /// Closes it. Streams must not be ended before: to the server a stream that ends is an endpoint that goes, while those of a connection that
    /// goes are kept for a while.
    /// </summary>
    public ValueTask CloseAsync(string reason) => Quic.CloseAsync(ProtocolErrorCode.Unknown.ToCloseCode(), reason);
}
