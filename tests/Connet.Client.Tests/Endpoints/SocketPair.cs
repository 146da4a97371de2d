using System.Net;
using System.Net.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>Bounded steps on sockets.</summary>
internal static class SocketPair
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<Socket> ConnectAsync(EndPoint endPoint)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint).WaitAsync(Patience);
        return socket;
    }

    public static Socket Listen()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    public static Task<Socket> AcceptBoundedAsync(this Socket listener) => listener.AcceptAsync().WaitAsync(Patience);

    public static Task SendBoundedAsync(this Socket socket, byte[] bytes) => socket.SendAsync(bytes).WaitAsync(Patience);

    /// <summary>Reads what comes next; empty at the end.</summary>
    public static async Task<byte[]> ReceiveBoundedAsync(this Socket socket)
    {
        byte[] buffer = new byte[64 * 1024];
        return buffer[..await socket.ReceiveAsync(buffer).WaitAsync(Patience)];
    }

    /// <summary>Reads to the end.</summary>
    public static async Task<byte[]> ReceiveToEndAsync(this Socket socket)
    {
        using MemoryStream received = new();
        while (await socket.ReceiveBoundedAsync() is { Length: > 0 } piece)
        {
            received.Write(piece);
        }

        return received.ToArray();
    }

    /// <summary>Waits until something is so, which no event tells.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource patience = new(Patience);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>Reads until the system reports an error.</summary>
    public static async Task<SocketError> ReceiveErrorAsync(this Socket socket)
    {
        try
        {
            while ((await socket.ReceiveBoundedAsync()).Length > 0)
            {
            }

            return SocketError.Success;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    /// <summary>Sends back what comes, each piece before the next is read.</summary>
    /// <returns>How much came until the end.</returns>
    public static async Task<int> EchoAsync(this Socket socket)
    {
        int count = 0;
        while (await socket.ReceiveBoundedAsync() is { Length: > 0 } piece)
        {
            count += piece.Length;
            await socket.SendBoundedAsync(piece);
        }

        return count;
    }

    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close(timeout: 0);
    }

    public static async Task<byte[]> ReadBoundedAsync(this FakeTunnel tunnel)
    {
        using CancellationTokenSource patience = new(Patience);
        byte[] buffer = new byte[64 * 1024];
        return buffer[..await tunnel.ReadAsync(buffer, patience.Token)];
    }

    public static async Task WriteBoundedAsync(this FakeTunnel tunnel, byte[] bytes)
    {
        using CancellationTokenSource patience = new(Patience);
        await tunnel.WriteAsync(bytes, patience.Token);
    }
}
