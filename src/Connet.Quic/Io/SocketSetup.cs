using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Connet.Quic.Io;

/// <summary>Creates and binds the system's socket, with the options that both implementations want.</summary>
internal static class SocketSetup
{
    private const int IpLevel = 0;
    private const int IPv6Level = 41;

    /// <summary>
    /// A bound UDP socket. An unspecified address gets one socket for both families, or an IPv4 one where the system
    /// has no IPv6. Never shared with another process (no SO_REUSEPORT).
    /// </summary>
    /// <exception cref="SocketException">The address is in use, or not ours; the message names it.</exception>
    public static Socket CreateBound(IPEndPoint local, int bufferBytes)
    {
        IPAddress address = local.Address.IsIPv4MappedToIPv6 ? local.Address.MapToIPv4() : local.Address;
        try
        {
            if (!address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
            {
                return Bind(new IPEndPoint(address, local.Port), bothFamilies: false, bufferBytes);
            }

            return TryBindBothFamilies(local.Port, bufferBytes)
                ?? Bind(new IPEndPoint(IPAddress.Any, local.Port), bothFamilies: false, bufferBytes);
        }
        catch (SocketException e)
        {
            throw new SocketException((int)e.SocketErrorCode, $"Cannot bind a UDP socket to {local}: {e.SocketErrorCode} ({e.Message})");
        }
    }

    /// <summary>The capacity of the buffers as the caller would have to ask for it. Linux reports twice that, for its bookkeeping.</summary>
    public static int GrantedBuffer(int reported) => OperatingSystem.IsLinux() ? reported / 2 : reported;

    /// <summary>Sets an integer option.</summary>
    /// <returns>False if the system has no such option or refuses.</returns>
    public static bool TrySetOption(Socket socket, int level, int name, int value)
    {
        try
        {
            socket.SetRawSocketOption(level, name, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Socket? TryBindBothFamilies(int port, int bufferBytes)
    {
        if (!Socket.OSSupportsIPv6)
        {
            return null;
        }

        try
        {
            return Bind(new IPEndPoint(IPAddress.IPv6Any, port), bothFamilies: true, bufferBytes);
        }
        catch (SocketException e) when (e.SocketErrorCode is not (SocketError.AddressAlreadyInUse or SocketError.AccessDenied))
        {
            // No IPv6 at all, or no sockets for both families (OpenBSD): IPv4 alone still works.
            return null;
        }
    }

    private static Socket Bind(IPEndPoint local, bool bothFamilies, int bufferBytes)
    {
        Socket socket = new(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = bothFamilies;
            }

            if (OperatingSystem.IsWindows())
            {
                socket.ExclusiveAddressUse = true;
                TurnOffWindowsResets(socket);
            }

            NeverFragment(socket);
            TrySetBuffer(socket, SocketOptionName.ReceiveBuffer, bufferBytes);
            TrySetBuffer(socket, SocketOptionName.SendBuffer, bufferBytes);
            socket.Bind(local);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Linux grants what it can; macOS refuses what is above its limit, so ask again for half.</summary>
    private static void TrySetBuffer(Socket socket, SocketOptionName name, int bufferBytes)
    {
        const int WorthTrying = 64 << 10;
        int size = bufferBytes;
        do
        {
            try
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, name, size);
                return;
            }
            catch (SocketException)
            {
                size /= 2;
            }
        }
        while (size >= WorthTrying);
    }

    /// <summary>
    /// Datagrams must not be fragmented (RFC 9000 section 14). On Linux the PROBE mode: the don't-fragment bit is set,
    /// and the kernel's own idea of the path MTU, which anybody can forge by ICMP, does not limit us.
    /// </summary>
    private static void NeverFragment(Socket socket)
    {
        bool ipv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        if (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid())
        {
            const int Probe = 3;
            const int IpMtuDiscover = 10;
            const int IPv6MtuDiscover = 23;
            TrySetOption(socket, IpLevel, IpMtuDiscover, Probe);
            if (ipv6)
            {
                TrySetOption(socket, IPv6Level, IPv6MtuDiscover, Probe);
            }
        }
        else if (OperatingSystem.IsWindows())
        {
            const int DontFragment = 14; // IP_DONTFRAGMENT and IPV6_DONTFRAG have the same number
            TrySetOption(socket, IpLevel, DontFragment, 1);
            if (ipv6)
            {
                TrySetOption(socket, IPv6Level, DontFragment, 1);
            }
        }
        else if (ipv6)
        {
            const int BsdIPv6DontFragment = 62;
            TrySetOption(socket, IPv6Level, BsdIPv6DontFragment, 1);
        }
        else
        {
            try
            {
                socket.DontFragment = true;
            }
            catch (SocketException)
            {
                // Old systems lack it; path MTU discovery then finds sizes that only fragments fit through.
            }
        }
    }

    /// <summary>Windows reports ICMP errors as failures of later receives (SIO_UDP_CONNRESET, SIO_UDP_NETRESET), which are useless here.</summary>
    private static void TurnOffWindowsResets(Socket socket)
    {
        const int ConnectionResets = unchecked((int)0x9800000C);
        const int NetworkResets = unchecked((int)0x9800000F);
        try
        {
            socket.IOControl(ConnectionResets, [0, 0, 0, 0], null);
            socket.IOControl(NetworkResets, [0, 0, 0, 0], null);
        }
        catch (SocketException)
        {
            // The receive loop survives the failures, it is only slower.
        }
    }
}
