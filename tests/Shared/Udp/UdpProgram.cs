using System.Net;
using System.Net.Sockets;

namespace Connet.Tests.Shared;

/// <summary>A program with a UDP socket. Every wait is bounded. Compiled into the test projects that ask for it.</summary>
internal sealed class UdpProgram : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>A machine that is busy elsewhere may lose a datagram.</summary>
    private static readonly TimeSpan s_untilAgain = TimeSpan.FromSeconds(1);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    /// <param name="port">Where to be; 0 for a free port.</param>
    public UdpProgram(int port = 0) => _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public void Send(EndPoint to, params byte[] datagram) => _socket.SendTo(datagram, to);

    public async Task<(byte[] Datagram, EndPoint From)> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        byte[] buffer = new byte[ushort.MaxValue];
        SocketReceiveFromResult result = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), patience.Token);
        return (buffer[..result.ReceivedBytes], result.RemoteEndPoint);
    }

    /// <summary>Sends until the same comes back from there.</summary>
    public async Task AskAsync(EndPoint to, byte[] question, CancellationToken cancellationToken)
    {
        while (true)
        {
            Send(to, question);
            using CancellationTokenSource again = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            again.CancelAfter(s_untilAgain);
            try
            {
                while (await ReceiveAsync(again.Token) is var (answer, from))
                {
                    Assert.That(from, Is.EqualTo(to));
                    if (answer.AsSpan().SequenceEqual(question))
                    {
                        return;
                    }
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
