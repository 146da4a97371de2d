using System.Threading.Channels;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>The connecting side of an endpoint with tunnels in memory.</summary>
internal sealed class DestinationSetup : IAsyncDisposable
{
    private readonly Channel<ITunnelRequest> _requests = Channel.CreateUnbounded<ITunnelRequest>();
    private readonly SocketDestination _destination;

    public DestinationSetup(string address, EndpointContext context, Func<CancellationToken, ValueTask<OuterChannel>> connect) =>
        _destination = new SocketDestination("test", EndpointAddress.Parse(address), connect, _requests.Reader.ReadAsync, context);

    public FakeRequest Ask()
    {
        FakeRequest request = new();
        _requests.Writer.TryWrite(request);
        return request;
    }

    public ValueTask DisposeAsync() => _destination.DisposeAsync();
}
