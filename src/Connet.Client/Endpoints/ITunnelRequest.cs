namespace Connet.Client.Endpoints;

/// <summary>A source that has asked for a connection.</summary>
internal interface ITunnelRequest : IEndpointRequest
{
    /// <summary>Accepts.</summary>
    ValueTask<ITunnel> AcceptAsync(CancellationToken cancellationToken);
}
