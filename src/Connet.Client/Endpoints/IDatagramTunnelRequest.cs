namespace Connet.Client.Endpoints;

/// <summary>A source that has asked for a flow of datagrams.</summary>
internal interface IDatagramTunnelRequest : IEndpointRequest
{
    /// <summary>Accepts.</summary>
    ValueTask<IDatagramTunnel> AcceptAsync(CancellationToken cancellationToken);
}
