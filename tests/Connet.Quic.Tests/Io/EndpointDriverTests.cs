using System.Net;
using Connet.Quic.Core;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

public sealed class EndpointDriverTests
{
    [Test]
    [CancelAfter(20_000)]
    public async Task Disposal_ends_when_the_socket_is_closed_and_not_before(CancellationToken token)
    {
        BusySocket socket = new(DatagramSocketFactory.Create(new IPEndPoint(IPAddress.Loopback, 0)));
        EndpointDriver driver = new(socket, new EndpointConfig { StatelessResetKey = new byte[32], TokenKey = new byte[32] }, new SilentOwner());
        Task first = driver.DisposeAsync().AsTask();
        Task second = driver.DisposeAsync().AsTask();
        Assert.That(socket.IsDisposed, Is.True);
        Assert.That((first.IsCompleted, second.IsCompleted), Is.EqualTo((false, false)), "the port is not free yet");
        socket.EndCall();
        await Task.WhenAll(first, second).WaitAsync(token);
    }
}
