namespace Connet.Client.Endpoints;

/// <summary>A <see cref="ConnetConnectionRequest"/> for a flow of datagrams that an endpoint answers.</summary>
internal sealed class DatagramTunnelRequest(ConnetConnectionRequest request) : IDatagramTunnelRequest
{
    public async ValueTask<IDatagramTunnel> AcceptAsync(CancellationToken cancellationToken) =>
        await request.AcceptDatagramsAsync(cancellationToken).ConfigureAwait(false);

    public ValueTask RefuseAsync(string reason, CancellationToken cancellationToken) => request.RefuseAsync(reason, cancellationToken);

    public ValueTask DisposeAsync() => request.DisposeAsync();
}
