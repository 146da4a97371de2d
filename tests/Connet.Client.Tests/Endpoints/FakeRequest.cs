using Connet.Client.Endpoints;

namespace Connet.Client.Tests.Endpoints;

internal sealed class FakeRequest : ITunnelRequest
{
    private readonly FakeTunnel _near;

    public FakeRequest() => (_near, Far) = FakeTunnel.CreatePair();

    /// <summary>The source's end.</summary>
    public FakeTunnel Far { get; }

    /// <summary>Null when accepted, else the reason of the refusal.</summary>
    public TaskCompletionSource<string?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask<ITunnel> AcceptAsync(CancellationToken cancellationToken)
    {
        Answer.TrySetResult(null);
        return new ValueTask<ITunnel>(_near);
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
