using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Connet.HandPeer;

/// <summary>
/// Carries datagrams between whoever sends to it and one target, and can fall silent: then both sides look to each other like a process that was
/// killed, or a cable that was pulled.
/// </summary>
internal sealed class HandUdpGate : IAsyncDisposable
{
    private const int LargestDatagram = 65536;

    private readonly Socket _front = Bind();
    private readonly ConcurrentDictionary<EndPoint, Socket> _backs = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _target;
    private volatile bool _isSilent;

    public HandUdpGate(IPEndPoint target)
    {
        _target = target;
        _ = ForwardAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_front.LocalEndPoint!;

    public bool IsSilent
    {
        get => _isSilent;
        set => _isSilent = value;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _front.Dispose();
        foreach (Socket back in _backs.Values)
        {
            back.Dispose();
        }
    }

    private static Socket Bind()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20, SendBufferSize = 1 << 20 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task ForwardAsync()
    {
        byte[] buffer = new byte[LargestDatagram];
        await RunAsync(async () =>
        {
            SocketReceiveFromResult received = await _front.ReceiveFromAsync(buffer, SocketFlags.None, _target, _stop.Token);
            Socket back = _backs.GetOrAdd(received.RemoteEndPoint, Return);
            if (!_isSilent)
            {
                await back.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), SocketFlags.None, _target, _stop.Token);
            }
        });
    }

    private Socket Return(EndPoint sender)
    {
        Socket back = Bind();
        byte[] buffer = new byte[LargestDatagram];
        _ = RunAsync(async () =>
        {
            SocketReceiveFromResult received = await back.ReceiveFromAsync(buffer, SocketFlags.None, _target, _stop.Token);
            if (!_isSilent)
            {
                await _front.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), SocketFlags.None, sender, _stop.Token);
            }
        });
        return back;
    }

    private async Task RunAsync(Func<Task> step)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await step();
            }
            catch (SocketException)
            {
                // A port that nobody listens on; datagrams are lost, no more.
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
