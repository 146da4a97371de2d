using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Connet.Quic.Io.Linux;

/// <summary>Whether this process may use the Linux calls; found out once, before any socket depends on them.</summary>
[SupportedOSPlatform("linux")]
internal static class LinuxSupport
{
    private static readonly Lazy<string?> _unsupportedReason = new(FindReason);

    /// <summary>Why the calls cannot be used (sandboxes, emulations, 32-bit processes); null if they can.</summary>
    public static string? UnsupportedReason => _unsupportedReason.Value;

    /// <summary>A new eventfd.</summary>
    public static SafeFileHandle CreateEvent()
    {
        int descriptor = LibC.EventDescriptor(0, LibC.EventNonBlocking | LibC.EventCloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"The system grants no eventfd (error {Marshal.GetLastPInvokeError()})");
    }

    private static unsafe string? FindReason()
    {
        // The structures are written down for 64-bit little-endian systems only.
        if (!Environment.Is64BitProcess || !BitConverter.IsLittleEndian)
        {
            return "not a 64-bit little-endian process";
        }

        try
        {
            using SafeFileHandle wakeEvent = CreateEvent();
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            if (LibC.ReceiveMessages((int)socket.Handle, null, 0, LibC.DontWait, null) < 0)
            {
                return $"recvmmsg failed with error {Marshal.GetLastPInvokeError()}";
            }

            TimeSpecification atOnce = default;
            return LibC.Poll(null, 0, &atOnce, null) < 0 ? $"ppoll failed with error {Marshal.GetLastPInvokeError()}" : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or SocketException or IOException)
        {
            return e.Message;
        }
    }
}
