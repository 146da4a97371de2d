using Connet.Client.Endpoints;

namespace Connet.Client.Tests.Endpoints;

internal sealed class FakeDatagramRequest : FakeEndpointRequest, IDatagramTunnelRequest
{
    public FakeDatagramTunnel Tunnel { get; } = new();

    public ValueTask<IDatagramTunnel> AcceptAsync(CancellationToken cancellationToken) => Accept<IDatagramTunnel>(Tunnel);
}
