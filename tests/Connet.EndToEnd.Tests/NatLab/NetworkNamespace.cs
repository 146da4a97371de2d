using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Connet.EndToEnd.Tests.NatLab;

/// <summary>
/// Sockets of another network. A socket belongs to the network of the thread that made it, and to no other from then on: a thread of its own
/// enters the namespace, makes the socket and ends; whoever has the socket uses it like any other.
/// </summary>
internal static class NetworkNamespace
{
    private const int CloneNewNet = 0x4000_0000;

    /// <summary>Makes a TCP socket in the namespace with this name under /run/netns.</summary>
    public static Socket NewSocket(string name)
    {
        Socket? socket = null;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                using SafeFileHandle handle = File.OpenHandle($"/run/netns/{name}", share: FileShare.ReadWrite);
                if (SetNs((int)handle.DangerousGetHandle(), CloneNewNet) != 0)
                {
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                }

                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return socket ?? throw new InvalidOperationException($"No socket in the network {name}.", failure);
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNs(int descriptor, int kind);
}
