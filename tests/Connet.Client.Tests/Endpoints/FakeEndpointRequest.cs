using Connet.Client.Endpoints;

namespace Connet.Client.Tests.Endpoints;

/// <summary>A source that waits for an answer, and tells the test which one it gets.</summary>
internal abstract class FakeEndpointRequest : IEndpointRequest
{
    /// <summary>Null when accepted, else the reason of the refusal.</summary>
    public TaskCompletionSource<string?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

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

    protected ValueTask<T> Accept<T>(T tunnel)
    {
        Answer.TrySetResult(null);
        return new ValueTask<T>(tunnel);
    }
}
