using System.Net;
using System.Net.Sockets;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>
/// UDP over System.Net.Sockets alone: any system, one datagram a call, no ECN. The waiting thread is woken by a
/// datagram on a second socket that is connected to itself, so nobody else can write to it.
/// </summary>
internal sealed class PortableDatagramSocket : IDatagramSocket
{
    // One per thread and family, not one per socket: senders are many and concurrent.
    [ThreadStatic]
    private static SocketAddress? _threadIPv4;

    [ThreadStatic]
    private static SocketAddress? _threadIPv6;

    private readonly Socket _socket;
    private readonly Socket _wakeSocket;
    private readonly UseGate _gate;
    private readonly WakeFlag _wake = new();
    private readonly AddressFamily _family;
    private readonly SocketAddress _sender;
    private readonly List<Socket> _readable = new(2);
    private readonly List<Socket> _writable = new(1);

    /// <summary>Takes over the socket, also when it fails.</summary>
    /// <param name="socket">Bound.</param>
    /// <param name="wantedBufferBytes">The socket buffers that were asked for.</param>
    /// <param name="reason">Why the system's faster calls are not used, if it has any; for the description.</param>
    public PortableDatagramSocket(Socket socket, int wantedBufferBytes, string? reason)
    {
        _socket = socket;
        _gate = new UseGate(Release);
        try
        {
            _family = socket.AddressFamily;
            _sender = new SocketAddress(_family);
            _wakeSocket = CreateWakeSocket();
            socket.Blocking = false;
            LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
            Capabilities = new UdpCapabilities
            {
                Implementation = reason is null ? "portable sockets" : $"portable sockets ({reason})",
                DualStack = _family == AddressFamily.InterNetworkV6 && socket.DualMode,
                WantedBufferBytes = wantedBufferBytes,
                ReceiveBufferBytes = SocketSetup.GrantedBuffer(socket.ReceiveBufferSize),
                SendBufferBytes = SocketSetup.GrantedBuffer(socket.SendBufferSize),
            };
        }
        catch
        {
            _wakeSocket?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    public IPEndPoint LocalEndPoint { get; }

    public Task Closed => _gate.Released;

    public UdpCapabilities Capabilities { get; }

    public string Description => Capabilities.ToString();

    public int MaxSegments => 1;

    public SendStatus TrySend(in NetworkAddress remote, ReadOnlySpan<byte> data, int segmentSize, byte ecn, out int sentBytes)
    {
        sentBytes = 0;
        if (!_gate.TryEnter())
        {
            return SendStatus.Failed;
        }

        try
        {
            SocketAddress address = ThreadAddress();
            if (!SocketAddressCodec.TryWrite(address.Buffer.Span, _family, remote))
            {
                return SendStatus.Failed;
            }

            int segment = segmentSize <= 0 ? data.Length : segmentSize;
            do
            {
                SendStatus status = SendOne(data.Slice(sentBytes, Math.Min(segment, data.Length - sentBytes)), address);
                if (status != SendStatus.Sent)
                {
                    return status;
                }

                sentBytes = Math.Min(sentBytes + segment, data.Length);
            }
            while (sentBytes < data.Length);

            return SendStatus.Sent;
        }
        finally
        {
            _gate.Exit();
        }
    }

    public WaitResult Wait(int timeoutMilliseconds, bool forWrite) =>
        WaitMicroseconds(timeoutMilliseconds < 0 ? -1 : timeoutMilliseconds * 1000L, forWrite);

    public WaitResult WaitMicroseconds(long timeoutMicroseconds, bool forWrite)
    {
        if (!_gate.TryEnter())
        {
            return WaitResult.Woken;
        }

        try
        {
            bool sleeps = _wake.TryBeginSleep();
            int timeout = sleeps ? (int)Math.Min(timeoutMicroseconds, int.MaxValue) : 0;
            WaitResult result = Select(timeout, forWrite);
            return _wake.EndSleep() ? result | WaitResult.Woken : result;
        }
        finally
        {
            _gate.Exit();
        }
    }

    public int Receive(ReceiveBatch batch)
    {
        batch.Clear();
        if (!_gate.TryEnter())
        {
            return 0;
        }

        try
        {
            // Failed receives count too, or a peer that provokes errors could keep the thread here.
            for (int i = 0; i < batch.Capacity && _socket.Poll(0, SelectMode.SelectRead); i++)
            {
                if (!ReceiveOne(batch))
                {
                    break;
                }
            }

            return batch.Count;
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Wake()
    {
        if (!_wake.Request() || !_gate.TryEnter())
        {
            return;
        }

        try
        {
            SignalWakeSocket();
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Dispose()
    {
        if (!_gate.TryEnter())
        {
            return;
        }

        _gate.Close();
        try
        {
            if (_wake.Request())
            {
                SignalWakeSocket();
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    private static Socket CreateWakeSocket()
    {
        IPAddress loopback = Socket.OSSupportsIPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        Socket socket = new(loopback.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(loopback, 0));
            socket.Connect(socket.LocalEndPoint!);
            socket.Blocking = false;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private SocketAddress ThreadAddress() => _family == AddressFamily.InterNetworkV6
        ? _threadIPv6 ??= new SocketAddress(AddressFamily.InterNetworkV6)
        : _threadIPv4 ??= new SocketAddress(AddressFamily.InterNetwork);

    private SendStatus SendOne(ReadOnlySpan<byte> datagram, SocketAddress address)
    {
        while (true)
        {
            try
            {
                _socket.SendTo(datagram, SocketFlags.None, address);
                return SendStatus.Sent;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.Interrupted)
            {
                continue;
            }
            catch (SocketException e)
            {
                return e.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable or SocketError.IOPending
                    ? SendStatus.WouldBlock
                    : SendStatus.Failed;
            }
        }
    }

    /// <summary>Receives what the socket has announced.</summary>
    /// <returns>False when there is nothing after all.</returns>
    private bool ReceiveOne(ReceiveBatch batch)
    {
        try
        {
            _sender.Size = SocketAddressCodec.Length(_family);
            int length = _socket.ReceiveFrom(batch.NextSlot(), SocketFlags.None, _sender);
            batch.Commit(length, SocketAddressCodec.Read(_sender.Buffer.Span, _family), length, ecn: 0);
            return true;
        }
        catch (SocketException e)
        {
            // Anything but "nothing there" is about one datagram: cut (Windows), or an ICMP error of an earlier send.
            return e.SocketErrorCode is not SocketError.WouldBlock;
        }
    }

    private WaitResult Select(int timeoutMicroseconds, bool forWrite)
    {
        // Select removes what is not ready; the lists keep their arrays, so nothing is allocated.
        _readable.Clear();
        _readable.Add(_socket);
        _readable.Add(_wakeSocket);
        _writable.Clear();
        if (forWrite)
        {
            _writable.Add(_socket);
        }

        try
        {
            Socket.Select(_readable, forWrite ? _writable : null, null, timeoutMicroseconds);
        }
        catch (SocketException)
        {
            // Nothing is known: let the caller look at everything.
            return WaitResult.Readable | WaitResult.Woken | (forWrite ? WaitResult.Writable : WaitResult.Timeout);
        }

        WaitResult result = WaitResult.Timeout;
        foreach (Socket ready in _readable)
        {
            if (ReferenceEquals(ready, _socket))
            {
                result |= WaitResult.Readable;
            }
            else
            {
                DrainWakeSocket();
                result |= WaitResult.Woken;
            }
        }

        return _writable.Count > 0 ? result | WaitResult.Writable : result;
    }

    private void SignalWakeSocket()
    {
        try
        {
            _wakeSocket.Send([1]);
        }
        catch (SocketException)
        {
            // Full: then it is readable already.
        }
    }

    private void DrainWakeSocket()
    {
        Span<byte> scrap = stackalloc byte[8];
        try
        {
            while (_wakeSocket.Poll(0, SelectMode.SelectRead))
            {
                _wakeSocket.Receive(scrap);
            }
        }
        catch (SocketException)
        {
            // Nothing there after all.
        }
    }

    private void Release()
    {
        _socket.Dispose();
        _wakeSocket.Dispose();
    }
}
