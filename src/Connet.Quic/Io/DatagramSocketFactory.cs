using System.Net;
using System.Net.Sockets;
using Connet.Quic.Io.Linux;

namespace Connet.Quic.Io;

/// <summary>Chooses the implementation of <see cref="IDatagramSocket"/>.</summary>
internal static class DatagramSocketFactory
{
    /// <summary>The AppContext switch that forces the portable implementation.</summary>
    public const string PortableSwitch = "Connet.Quic.UsePortableSockets";

    /// <summary>The environment variable that forces the portable implementation when it is "portable".</summary>
    public const string ModeVariable = "CONNET_QUIC_IO";

    /// <summary>Holds what arrives during a few milliseconds at several Gbit/s.</summary>
    public const int DefaultSocketBufferBytes = 4 << 20;

    /// <summary>Whether <see cref="DatagramSocketMode.Auto"/> gives the Linux implementation in this process.</summary>
    public static bool UsesLinux => OperatingSystem.IsLinux() && !IsPortableForced() && LinuxSupport.UnsupportedReason is null;

    /// <summary>Binds a UDP socket.</summary>
    /// <param name="local">An unspecified address means both families; port 0 a free port.</param>
    /// <param name="mode">Which implementation.</param>
    /// <param name="socketBufferBytes">The socket buffers wanted; the system may grant less.</param>
    /// <param name="segmentationOffload">False sends datagrams one by one, whatever the system offers.</param>
    /// <exception cref="SocketException">The address is in use, or not ours; the message names it.</exception>
    public static IDatagramSocket Create(IPEndPoint local, DatagramSocketMode mode = DatagramSocketMode.Auto,
        int socketBufferBytes = DefaultSocketBufferBytes, bool segmentationOffload = true)
    {
        ArgumentNullException.ThrowIfNull(local);
        ArgumentOutOfRangeException.ThrowIfLessThan(socketBufferBytes, 1);
        bool forced = mode == DatagramSocketMode.Portable || IsPortableForced();
        if (OperatingSystem.IsLinux() && !forced)
        {
            if (LinuxSupport.UnsupportedReason is not string reason)
            {
                return new LinuxDatagramSocket(SocketSetup.CreateBound(local, socketBufferBytes), socketBufferBytes, segmentationOffload);
            }

            return new PortableDatagramSocket(SocketSetup.CreateBound(local, socketBufferBytes), socketBufferBytes, reason);
        }

        return new PortableDatagramSocket(SocketSetup.CreateBound(local, socketBufferBytes), socketBufferBytes, forced ? "forced" : null);
    }

    private static bool IsPortableForced() =>
        (AppContext.TryGetSwitch(PortableSwitch, out bool forced) && forced)
        || string.Equals(Environment.GetEnvironmentVariable(ModeVariable), "portable", StringComparison.OrdinalIgnoreCase);
}
