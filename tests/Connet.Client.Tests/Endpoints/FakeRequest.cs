using Connet.Client.Endpoints;

namespace Connet.Client.Tests.Endpoints;

internal sealed class FakeRequest : FakeEndpointRequest, ITunnelRequest
{
    private readonly FakeTunnel _near;

    public FakeRequest() => (_near, Far) = FakeTunnel.CreatePair();

    /// <summary>The source's end.</summary>
    public FakeTunnel Far { get; }

    public ValueTask<ITunnel> AcceptAsync(CancellationToken cancellationToken) => Accept<ITunnel>(_near);
}
