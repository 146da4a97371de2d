using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Connet.Protocol.Addressing;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>Sockets for UDP that take part in many flows, or in one.</summary>
internal static class UdpSockets
{
    /// <summary>The longest payload is 65,507 bytes over IPv4; over IPv6 it may be longer by 20.</summary>
    public const int MaxDatagramLength = ushort.MaxValue;

    /// <summary>One socket takes what all users send: a burst of theirs should find room. The system may give less.</summary>
    private const int SharedBuffer = 1024 * 1024;

    /// <summary>SIO_UDP_CONNRESET of Windows: without it, one user that has gone away makes receiving fail for all.</summary>
    private const int UdpConnectionReset = -1744830452;

    /// <summary>Takes an address for the datagrams of any number of users.</summary>
    /// <exception cref="ConnetEndpointException">It cannot be taken.</exception>
    public static ValueTask<Socket> BindAsync(EndpointAddress address, CancellationToken cancellationToken) =>
        SocketAddresses.BindAsync(address, SocketType.Dgram, ProtocolType.Udp, Prepare, cancellationToken);

    /// <summary>
    /// A socket for one service, which nobody else can send to. Nothing tells whether somebody is there; of the addresses of a name those of IPv4 come
    /// first, as a program that listens by the same name does it.
    /// </summary>
    /// <exception cref="SocketException">There is no way to any address of the host.</exception>
    /// <exception cref="IOException">The name is unknown.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        IPAddress[] addresses;
        try
        {
            addresses = await AddressText.ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException exception)
        {
            throw new IOException(exception.Message, exception);
        }

        SocketException? failure = null;
        foreach (IPAddress address in addresses.OrderBy(each => each.AddressFamily == AddressFamily.InterNetwork ? 0 : 1))
        {
            Socket socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                failure = exception;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw failure!;
    }

    /// <summary>Waits until a datagram, or an error, has arrived; holds no buffer meanwhile.</summary>
    /// <exception cref="SocketException">An error has arrived.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask WaitAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.Peek, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.MessageSize)
        {
            // There is one, and it does not fit into nothing.
        }
    }

    /// <summary>Sends everything that waits in a flow. What cannot be sent, as when nobody listens, is lost: nothing else happens to datagrams.</summary>
    /// <param name="tunnel">The flow.</param>
    /// <param name="activity">Notes each datagram: one after the other may wait for as long as the flow lives.</param>
    /// <param name="send">Sends one.</param>
    /// <exception cref="OperationCanceledException">The sending was cancelled.</exception>
    public static async ValueTask SendAllAsync(IDatagramTunnel tunnel, FlowActivity activity, Func<ReadOnlyMemory<byte>, ValueTask<int>> send)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(MaxDatagramLength);
        try
        {
            while (tunnel.TryReceive(buffer, out int length))
            {
                activity.Touch();
                try
                {
                    await send(buffer.AsMemory(0, length)).ConfigureAwait(false);
                }
                catch (SocketException)
                {
                    // The network's word on this datagram, or on an earlier one.
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Prepare(Socket socket)
    {
        socket.ReceiveBufferSize = SharedBuffer;
        socket.SendBufferSize = SharedBuffer;
        if (OperatingSystem.IsWindows())
        {
            socket.IOControl(UdpConnectionReset, [0, 0, 0, 0], null);
        }
    }
}
