using System.Diagnostics;

namespace Connet.Client.Peers;

internal sealed class InboundRequest
{
    public PeerPath Path => throw new UnreachableException();

    public bool IsEncrypted => true;

    public string? PeerId => null;

    public ValueTask<ConnetConnection> AcceptAsync(CancellationToken cancellationToken) => throw new UnreachableException();

    public ValueTask RefuseAsync(string reason, CancellationToken cancellationToken) => throw new UnreachableException();
}
