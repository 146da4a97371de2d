namespace Connet.Client.Peers;

internal sealed class PeerNetwork(ClientContext context) : IAsyncDisposable
{
    public ClientContext Context { get; } = context;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
