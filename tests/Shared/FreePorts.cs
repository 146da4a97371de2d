using System.Net;
using System.Net.Sockets;

namespace Connet.Tests.Shared;

/// <summary>
/// Ports that nobody uses, outside the range from which the system gives ports to whoever asks for any: another test does not get one before it is
/// bound, and none while it is free for a moment. Compiled into every test project.
/// </summary>
internal static class FreePorts
{
    private const int First = 10_000;
    private const int Last = 30_000;

    private static readonly HashSet<int> s_given = [];

    /// <summary>A port free for TCP and UDP that was not returned before.</summary>
    public static int Next()
    {
        lock (s_given)
        {
            while (true)
            {
                int port = Random.Shared.Next(First, Last);
                if (s_given.Add(port) && IsFree(port))
                {
                    return port;
                }
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using Socket tcp = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            tcp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            using Socket udp = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
            udp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
