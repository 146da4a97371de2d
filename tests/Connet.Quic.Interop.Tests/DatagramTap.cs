using System.Net;
using System.Net.Sockets;

namespace Connet.Quic.Interop.Tests;

/// <summary>
/// Forwards the datagrams of one client to a server on loopback and counts what passes, so that a test sees on the wire that a Retry was
/// sent, whatever the two stacks say about themselves.
/// </summary>
internal sealed class DatagramTap : IAsyncDisposable
{
    private readonly Socket _clientSide = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _serverSide = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _server;
    private readonly Task _forwarding;
    private volatile EndPoint? _client;
    private int _retries;
    private int _largestToServer;

    public DatagramTap(int serverPort)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);
        _clientSide.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _serverSide.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Port = ((IPEndPoint)_clientSide.LocalEndPoint!).Port;
        _forwarding = Task.WhenAll(ForwardToServerAsync(), ForwardToClientAsync());
    }

    /// <summary>Where the client connects to.</summary>
    public int Port { get; }

    /// <summary>Retry packets that went from the server to the client.</summary>
    public int Retries => Volatile.Read(ref _retries);

    /// <summary>The size of the largest datagram from the client to the server.</summary>
    public int LargestToServer => Volatile.Read(ref _largestToServer);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _forwarding;
        _clientSide.Dispose();
        _serverSide.Dispose();
        _stop.Dispose();
    }

    private async Task ForwardToServerAsync()
    {
        byte[] buffer = new byte[65536];
        while (await ReceiveAsync(_clientSide, buffer) is { } received)
        {
            _client = received.RemoteEndPoint;
            _largestToServer = Math.Max(_largestToServer, received.ReceivedBytes);
            await _serverSide.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), _server);
        }
    }

    private async Task ForwardToClientAsync()
    {
        byte[] buffer = new byte[65536];
        while (await ReceiveAsync(_serverSide, buffer) is { } received)
        {
            // RFC 9000 section 17.2.5: long header, packet type 3; a Retry is never coalesced with another packet.
            if ((buffer[0] & 0xf0) == 0xf0)
            {
                Interlocked.Increment(ref _retries);
            }

            if (_client is { } client)
            {
                await _clientSide.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), client);
            }
        }
    }

    private async Task<SocketReceiveFromResult?> ReceiveAsync(Socket socket, byte[] buffer)
    {
        while (true)
        {
            try
            {
                return await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
            {
                // The other side has gone; whoever waits for it says so.
            }
        }
    }
}
