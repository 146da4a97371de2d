namespace Connet.Client.Peers;

internal sealed class SourceDialer(PeerEndpoint endpoint, TimeSpan timeout)
{
    public ValueTask<ConnetConnection> DialAsync(CancellationToken cancellationToken) => throw new NotSupportedException($"{endpoint} {timeout}");
}
