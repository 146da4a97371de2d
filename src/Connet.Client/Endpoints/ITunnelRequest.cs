namespace Connet.Client.Endpoints;

/// <summary>A source that waits for an answer. Disposal without an answer refuses.</summary>
internal interface ITunnelRequest : IAsyncDisposable
{
    /// <summary>Accepts.</summary>
    ValueTask<ITunnel> AcceptAsync(CancellationToken cancellationToken);

    /// <summary>Refuses with a reason, which the source is told.</summary>
    ValueTask RefuseAsync(string reason, CancellationToken cancellationToken);
}
