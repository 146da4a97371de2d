using Connet.Protocol;
using Connet.Protocol.Peers;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>A source takes no connections: it opens them, whichever side dialled.</summary>
internal sealed class NoInbound : IInboundHandler
{
    /// <inheritdoc/>
    public ValueTask<ProtocolException?> HandleAsync(Request.Types.Connect connect, PeerPath path, QuicStream stream, CancellationToken cancellationToken) =>
        new(new ProtocolException(ProtocolErrorCode.RequestUnknown, "A source takes no connections."));
}
