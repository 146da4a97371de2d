using Connet.Client.Endpoints;

namespace Connet.Client.Tests.Endpoints;

internal sealed class FakeRequest : FakeEndpointRequest, ITunnelRequest
{
    private readonly FakeTunnel _near;

    public FakeRequest() => (_near, Far) = FakeTunnel.CreatePair();

    /// <summary>The source's end.</summary>
    public FakeTunnel Far { get; }

    /// <summary>Completes when the destination has done with its end.</summary>
    public Task Disposed => _near.Disposed.Task;

    public ValueTask<ITunnel> AcceptAsync(CancellationToken cancellationToken) => Accept<ITunnel>(_near);
}
