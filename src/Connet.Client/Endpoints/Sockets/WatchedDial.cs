using System.Net.Sockets;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>A dial for a user that waits: it is given up when the user's program has gone away.</summary>
internal static class WatchedDial
{
    /// <summary>How often the user is looked after.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Dials.</summary>
    /// <exception cref="OperationCanceledException">The user has gone away, or the token was cancelled; the message says which.</exception>
    public static async ValueTask<ITunnel> RunAsync(
        Socket user, Func<CancellationToken, ValueTask<ITunnel>> dial, TimeProvider clock, CancellationToken stopping)
    {
        using CancellationTokenSource dialling = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using PeriodicTimer timer = new(s_interval, clock);
        Task<bool> watching = WatchAsync(user, timer, dialling);
        ITunnel? tunnel = null;
        OperationCanceledException? failure = null;
        bool isGone;
        try
        {
            tunnel = await dial(dialling.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            failure = exception;
        }
        finally
        {
            // Whatever the dial throws, the watch is over before the socket is closed.
            timer.Dispose();
            isGone = await watching.ConfigureAwait(false);
        }

        if (isGone)
        {
            if (tunnel is not null)
            {
                await tunnel.DisposeAsync().ConfigureAwait(false);
            }

            throw new OperationCanceledException("The program that connected has gone away.", failure);
        }

        return tunnel ?? throw new OperationCanceledException("The source stops.", failure);
    }

    private static async Task<bool> WatchAsync(Socket socket, PeriodicTimer timer, CancellationTokenSource dialling)
    {
        while (await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (IsGone(socket))
            {
                await dialling.CancelAsync().ConfigureAwait(false);
                return true;
            }
        }

        return false;
    }

    /// <summary>An orderly end of its sending is none: a program that has said everything may still wait for the answer.</summary>
    private static bool IsGone(Socket socket)
    {
        try
        {
            // Linux keeps what came before the reset and reports it here; reading would give the bytes.
            if (socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is not 0)
            {
                return true;
            }

            if (socket.AddressFamily == AddressFamily.Unix)
            {
                // Fails once the other end is closed, and does nothing before: unlike TCP, a Unix socket knows that at once.
                socket.Send(ReadOnlySpan<byte>.Empty);
                return false;
            }

            // Elsewhere reading fails.
            if (socket.Poll(0, SelectMode.SelectRead))
            {
                Span<byte> one = stackalloc byte[1];
                socket.Receive(one, SocketFlags.Peek);
            }

            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
