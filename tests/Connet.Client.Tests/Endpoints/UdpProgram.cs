using System.Net;
using System.Net.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>A program with a UDP socket. Every wait is bounded.</summary>
internal sealed class UdpProgram : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    /// <param name="port">Where to be; 0 for a free port.</param>
    public UdpProgram(int port = 0) => _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public void Send(EndPoint to, params byte[] datagram) => _socket.SendTo(datagram, to);

    public async Task<(byte[] Datagram, EndPoint From)> ReceiveAsync()
    {
        using CancellationTokenSource patience = new(s_patience);
        byte[] buffer = new byte[ushort.MaxValue];
        SocketReceiveFromResult result = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), patience.Token);
        return (buffer[..result.ReceivedBytes], result.RemoteEndPoint);
    }

    public void Dispose() => _socket.Dispose();
}
