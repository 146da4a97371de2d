using System.Net;
using System.Net.Sockets;

namespace Connet.Quic.Interop.Tests;

/// <summary>
/// Forwards the datagrams of one client to a server on loopback and counts what passes, so that a test sees on the wire that a Retry was
/// sent, whatever the two stacks say about themselves.
/// </summary>
internal sealed class DatagramTap : IAsyncDisposable
{
    private const int SocketBufferSize = 4 * 1024 * 1024;

    private readonly Socket _clientSide = Bind();
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _server;
    private readonly int? _rebindAfter;
    private readonly Task _toServer;
    private Socket _serverSide = Bind();
    private Task _toClient;
    private volatile EndPoint? _client;
    private int _retries;
    private int _largestToServer;

    /// <param name="serverPort">Where to forward to, on loopback.</param>
    /// <param name="rebindAfter">
    /// After so many datagrams the client's come from another port, once, and whatever is sent to the one before is lost: what a NAT does
    /// that has forgotten the client (RFC 9000, section 9.3).
    /// </param>
    public DatagramTap(int serverPort, int? rebindAfter = null)
    {
        _rebindAfter = rebindAfter;
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);
        Port = ((IPEndPoint)_clientSide.LocalEndPoint!).Port;
        _toClient = ForwardToClientAsync(_serverSide);
        _toServer = ForwardToServerAsync();
    }

    /// <summary>Where the client connects to.</summary>
    public int Port { get; }

    /// <summary>Retry packets that went from the server to the client.</summary>
    public int Retries => Volatile.Read(ref _retries);

    /// <summary>The size of the largest datagram from the client to the server.</summary>
    public int LargestToServer => Volatile.Read(ref _largestToServer);

    /// <summary>Whether the client has moved to another port.</summary>
    public bool HasRebound { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _toServer;
        await _toClient;
        _clientSide.Dispose();
        _serverSide.Dispose();
        _stop.Dispose();
    }

    private async Task ForwardToServerAsync()
    {
        byte[] buffer = new byte[65536];
        int datagrams = 0;
        while (await ReceiveAsync(_clientSide, buffer) is { } received)
        {
            _client = received.RemoteEndPoint;
            if (++datagrams == _rebindAfter)
            {
                await RebindAsync();
            }

            _largestToServer = Math.Max(_largestToServer, received.ReceivedBytes);
            await _serverSide.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), _server);
        }
    }

    private async Task RebindAsync()
    {
        Socket next = Bind();
        _serverSide.Dispose();
        await _toClient;
        _serverSide = next;
        _toClient = ForwardToClientAsync(next);
        HasRebound = true;
    }

    private async Task ForwardToClientAsync(Socket serverSide)
    {
        byte[] buffer = new byte[65536];
        while (await ReceiveAsync(serverSide, buffer) is { } received)
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
            catch (Exception error) when (error is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
            {
                // The other side has gone; whoever waits for it says so.
            }
        }
    }

    private static Socket Bind()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = SocketBufferSize };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
