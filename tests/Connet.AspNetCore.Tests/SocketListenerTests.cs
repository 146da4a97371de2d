using System.Net;
using System.Net.Sockets;
using Connet.AspNetCore.Transport;
using Connet.Client.Tests;
using Microsoft.AspNetCore.Connections;

namespace Connet.AspNetCore.Tests;

/// <summary>Accepting sockets, with failures that are not the user's.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SocketListenerTests : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimers _clock = new();
    private readonly LogLines _log = new();
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private int _failures;

    public SocketListenerTests()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Listen();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _log.Dispose();
    }

    [Test]
    public async Task Without_a_file_descriptor_left_it_pauses_says_so_once_and_goes_on()
    {
        await using SocketListener listener = NewListener(failures: 3);
        using TcpClient user = new(AddressFamily.InterNetwork);
        await user.ConnectAsync((IPEndPoint)_socket.LocalEndPoint!);
        Task<ConnectionContext?> accepting = listener.AcceptAsync().AsTask();
        for (int i = 1; i <= 3; i++)
        {
            // The clock stands still: nothing is tried before the pause is over.
            await _clock.FireAsync(due =>
            {
                Assert.That(Volatile.Read(ref _failures), Is.EqualTo(i));
                return due == s_pause;
            });
        }

        await using ConnectionContext connection = (await accepting.WaitAsync(Scenario.Patience))!;
        Assert.That(connection.RemoteEndPoint, Is.EqualTo(user.Client.LocalEndPoint));
        Assert.That(_log.Lines.Count(line => line.Contains("Endpoint web: cannot accept at ", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [TestCase(int.MaxValue)]
    [TestCase(0)]
    public async Task Unbinding_ends_a_pause_and_a_wait(int failures)
    {
        await using SocketListener listener = NewListener(failures);
        Task<ConnectionContext?> accepting = listener.AcceptAsync().AsTask();
        await listener.UnbindAsync();
        Assert.That(await accepting.WaitAsync(Scenario.Patience), Is.Null);
    }

    private SocketListener NewListener(int failures) => new(
        "web",
        _socket,
        cancel => Interlocked.Increment(ref _failures) <= failures
            ? ValueTask.FromException<Socket>(new SocketException((int)SocketError.TooManyOpenSockets))
            : _socket.AcceptAsync(cancel),
        _clock,
        _log.CreateLogger("test"));
}
