namespace Connet.Client.Endpoints;

/// <summary>A source that waits for an answer. Disposal without an answer refuses.</summary>
internal interface IEndpointRequest : IAsyncDisposable
{
    /// <summary>Refuses with a reason, which the source is told.</summary>
    ValueTask RefuseAsync(string reason, CancellationToken cancellationToken);
}
