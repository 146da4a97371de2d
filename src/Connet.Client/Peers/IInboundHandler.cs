using Connet.Protocol.Peers;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>Answers the connections that come in over the paths of an endpoint.</summary>
internal interface IInboundHandler
{
    /// <summary>Answers a request to connect.</summary>
    /// <param name="connect">What is asked for.</param>
    /// <param name="path">Where it came in.</param>
    /// <param name="stream">The stream, which counts on its path.</param>
    /// <param name="cancellationToken">Ends with the endpoint.</param>
    /// <returns>Null if the handler has taken the stream, else the error to answer with.</returns>
    ValueTask<Protocol.ProtocolException?> HandleAsync(Request.Types.Connect connect, PeerPath path, QuicStream stream, CancellationToken cancellationToken);
}
