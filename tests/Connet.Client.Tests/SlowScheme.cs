using System.Net;
using Connet.Client.Endpoints;

namespace Connet.Client.Tests;

/// <summary>A scheme whose sources start when the test says so.</summary>
internal sealed class SlowScheme : IEndpointScheme, IEndpointListener
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "slow";

    public EndPoint? LocalEndPoint => null;

    /// <summary>Completes when a source starts.</summary>
    public Task Begun => _begun.Task;

    public bool IsDisposed { get; private set; }

    /// <summary>Lets the source have started.</summary>
    public void Finish() => _finish.TrySetResult();

    public string? Check(EndpointAddress address, ConnetRole role) => null;

    public async ValueTask<IEndpointListener> StartSourceAsync(
        ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken)
    {
        _begun.TrySetResult();
        await _finish.Task;
        return this;
    }

    public IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context) => this;

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
