using System.Net;
using System.Threading.Channels;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>A destination of datagrams with requests in memory.</summary>
internal sealed class UdpDestinationSetup : IAsyncDisposable
{
    private readonly Channel<IDatagramTunnelRequest> _requests = Channel.CreateUnbounded<IDatagramTunnelRequest>();
    private readonly UdpDestination _destination;

    public UdpDestinationSetup(IPEndPoint service, TimeProvider? clock = null) => _destination = new UdpDestination(
        "test",
        EndpointAddress.Parse($"udp://{service}"),
        cancel => UdpSockets.ConnectAsync(service.Address.ToString(), service.Port, cancel),
        _requests.Reader.ReadAsync,
        new EndpointContext { TimeProvider = clock ?? TimeProvider.System });

    /// <summary>A source asks for a flow, and gets it.</summary>
    public async Task<FakeDatagramTunnel> OpenAsync()
    {
        FakeDatagramRequest request = new();
        _requests.Writer.TryWrite(request);
        Assert.That(await request.Answer.Task.WaitAsync(SocketPair.Patience), Is.Null);
        return request.Tunnel;
    }

    public ValueTask DisposeAsync() => _destination.DisposeAsync();
}
