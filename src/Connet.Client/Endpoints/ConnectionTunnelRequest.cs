namespace Connet.Client.Endpoints;

/// <summary>A <see cref="ConnetConnectionRequest"/> that an endpoint answers.</summary>
internal sealed class ConnectionTunnelRequest(ConnetConnectionRequest request) : ITunnelRequest
{
    public async ValueTask<ITunnel> AcceptAsync(CancellationToken cancellationToken) =>
        new ConnectionTunnel(await request.AcceptAsync(cancellationToken).ConfigureAwait(false));

    public ValueTask RefuseAsync(string reason, CancellationToken cancellationToken) => request.RefuseAsync(reason, cancellationToken);

    public ValueTask DisposeAsync() => request.DisposeAsync();
}
