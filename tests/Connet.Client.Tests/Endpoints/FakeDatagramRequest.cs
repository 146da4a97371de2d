using Connet.Client.Endpoints;

namespace Connet.Client.Tests.Endpoints;

internal sealed class FakeDatagramRequest : IDatagramTunnelRequest
{
    public FakeDatagramTunnel Tunnel { get; } = new();

    /// <summary>Null when accepted, else the reason of the refusal.</summary>
    public TaskCompletionSource<string?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask<IDatagramTunnel> AcceptAsync(CancellationToken cancellationToken)
    {
        Answer.TrySetResult(null);
        return new ValueTask<IDatagramTunnel>(Tunnel);
    }

    public ValueTask RefuseAsync(string reason, CancellationToken cancellationToken)
    {
        Answer.TrySetResult(reason);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Answer.TrySetResult("not answered");
        return ValueTask.CompletedTask;
    }
}
