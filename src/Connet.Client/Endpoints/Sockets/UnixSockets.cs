using System.Net.Sockets;
using System.Text;
using Connet.Protocol.Timing;
using Microsoft.Win32.SafeHandles;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>Listening and connecting at paths in the file system.</summary>
internal static class UnixSockets
{
    /// <summary>Connections that the system takes before we do.</summary>
    private const int ListenBacklog = 512;

    /// <summary>The paths that the system knows: sun_path of unix(7), and of the BSDs, less the zero byte at its end.</summary>
    private static readonly int s_maxPathLength = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() || OperatingSystem.IsWindows() ? 107 : 103;

    /// <summary>
    /// The first pause while a service has a full queue, which the system reports instead of waiting. Short: most services empty it in an instant. It
    /// doubles up to the longest.
    /// </summary>
    private static readonly TimeSpan s_queuePause = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan s_longestQueuePause = TimeSpan.FromMilliseconds(160);

    /// <summary>What opening a socket's file gives: ENXIO (open(2)), on the BSDs and macOS EOPNOTSUPP.</summary>
    private static readonly int[] s_openedSocket = [6, 45, 102];

    /// <summary>Whether an address is a path that a socket can have.</summary>
    /// <returns>Null if it is; else one sentence.</returns>
    public static string? Check(EndpointAddress address)
    {
        int length = Encoding.UTF8.GetByteCount(address.Path);
        return address.Authority.Length > 0 ? $"'{address}' names a host, which unix does not know: write unix:/path or unix:./path."
            : length == 0 || address.Path[^1] == '/' ? $"'{address}' names no socket: write unix:/path or unix:./path."
            : length > s_maxPathLength
                ? $"The path of '{address}' is {length} bytes long, and the path of a socket has at most {s_maxPathLength}: use a shorter one, or one relative to the working directory."
            : !Socket.OSSupportsUnixDomainSockets ? $"'{address}' needs Unix sockets, which this system does not have: use tcp."
            : null;
    }

    /// <summary>Takes a path. What a program that has ended left there is replaced. The file goes with the socket.</summary>
    /// <exception cref="ConnetEndpointException">It cannot be taken.</exception>
    public static async ValueTask<Socket> ListenAsync(EndpointAddress address, CancellationToken cancellationToken)
    {
        if (TryListen(address) is { } first)
        {
            return first;
        }

        await RemoveStaleAsync(address, cancellationToken).ConfigureAwait(false);
        return TryListen(address) ?? throw InUse(address, null);
    }

    /// <summary>Connects, waiting for room in the service's queue.</summary>
    /// <exception cref="SocketException">Nobody is there, or the process has no file descriptor left.</exception>
    /// <exception cref="IOException">Nobody is there, said in words.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<Socket> ConnectAsync(EndpointAddress address, TimeProvider clock, CancellationToken cancellationToken)
    {
        for (TimeSpan pause = s_queuePause; ; pause = pause < s_longestQueuePause ? pause * 2 : pause)
        {
            Socket socket = New();
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.Path), cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.TryAgain)
            {
                socket.Dispose();
                await clock.DelayAsync(pause, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                throw exception.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => new IOException("nobody listens at the socket", exception),
                    _ when !File.Exists(address.Path) => new IOException("there is no socket", exception),
                    _ => exception,
                };
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static Socket New() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <returns>Null if there is a file at the path.</returns>
    private static Socket? TryListen(EndpointAddress address)
    {
        Socket? socket = null;
        try
        {
            socket = New();
            socket.Bind(new UnixDomainSocketEndPoint(address.Path));
            socket.Listen(ListenBacklog);
            return socket;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            return null;
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            string? folder = Path.GetDirectoryName(Path.GetFullPath(address.Path));
            throw new ConnetEndpointException(
                folder is not null && !Directory.Exists(folder)
                    ? $"Cannot listen at {address}: the folder {folder} does not exist; create it, or choose another path."
                    : $"Cannot listen at {address}: {exception.Message.TrimEnd('.')}.",
                exception);
        }
    }

    /// <summary>Removes the socket of a program that has ended, and nothing else.</summary>
    private static async ValueTask RemoveStaleAsync(EndpointAddress address, CancellationToken cancellationToken)
    {
        if (!IsSocket(address.Path))
        {
            throw new ConnetEndpointException($"There is a file at {address} that is no socket, so it was left alone: choose another path, or move the file away.");
        }

        using Socket probe = New();
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(address.Path), cancellationToken).ConfigureAwait(false);
            throw InUse(address, null);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            Remove(address);
        }
        catch (SocketException exception) when (File.Exists(address.Path))
        {
            // Its queue is full, it takes datagrams, or it takes nobody like us: it lives.
            throw InUse(address, exception);
        }
        catch (SocketException)
        {
            // Gone meanwhile.
        }
    }

    private static void Remove(EndpointAddress address)
    {
        try
        {
            File.Delete(address.Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConnetEndpointException(
                $"The socket {address} of a program that has ended cannot be replaced: {exception.Message.TrimEnd('.')}; remove it, or choose another path.", exception);
        }
    }

    /// <summary>A file that cannot be told to be a socket is none; neither is a link to one.</summary>
    private static bool IsSocket(string path)
    {
        try
        {
            if (new FileInfo(path).LinkTarget is not null)
            {
                return false;
            }

            if (OperatingSystem.IsWindows())
            {
                return File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint);
            }

            // For reading and writing: opening a named pipe for one of the two would wait.
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (FileNotFoundException)
        {
            // Gone meanwhile.
            return true;
        }
        catch (IOException exception)
        {
            return s_openedSocket.Contains(exception.HResult);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static ConnetEndpointException InUse(EndpointAddress address, Exception? cause) =>
        new($"Another program listens at {address} already: choose another path, or end that program.", cause);
}
