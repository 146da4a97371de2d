using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Connet.Client;
using Connet.Client.Endpoints;

namespace Connet.AspNetCore.Tunnels;

/// <summary>
/// A WebSocket and a connection, joined. Each direction ends by itself: a close frame is the end of what a side sends. What the user's program does with
/// what comes after its own close frame is its business; browsers drop it. A write that waits holds back the next read.
/// </summary>
/// <param name="socket">The user's side.</param>
/// <param name="connection">The destination's side. Neither is disposed of here.</param>
/// <param name="reset">Cuts the user's connection off without a close frame.</param>
/// <param name="context">The time that the rest of a message has when the user is gone already, and the clock.</param>
internal sealed class WebSocketTunnel(WebSocket socket, ConnetConnection connection, Action reset, EndpointContext context)
{
    /// <summary>A plain close (protocol.md section 3).</summary>
    public const long PlainCode = 0;

    private const int BufferSize = 32 * 1024;

    /// <summary>Carries until both directions have ended.</summary>
    /// <param name="gone">Cancelled when the user's connection is gone, or is being ended.</param>
    public async Task RunAsync(CancellationToken gone)
    {
        // What the user sent before it went is still carried, if the destination takes it in time.
        using CancellationTokenSource sending = new(Timeout.InfiniteTimeSpan, context.TimeProvider);
        CancellationTokenRegistration registration = gone.Register(() => sending.CancelAfter(context.ShutdownTimeout));
        await using ConfiguredAsyncDisposable registered = registration.ConfigureAwait(false);
        Task back = BackAsync(gone);
        await ForthAsync(sending.Token).ConfigureAwait(false);
        await back.ConfigureAwait(false);
    }

    /// <summary>Messages of either type are bytes to the destination.</summary>
    private async Task ForthAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult received;
                try
                {
                    received = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or InvalidOperationException)
                {
                    connection.Abort(PlainCode);
                    return;
                }

                if (received.MessageType == WebSocketMessageType.Close)
                {
                    connection.CompleteWrites();
                    return;
                }

                await connection.WriteAsync(buffer.AsMemory(0, received.Count), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ConnetConnectionException)
        {
            // The destination reads no more. It may have more to say, and if not, that direction finds out.
        }
        catch (OperationCanceledException)
        {
            connection.Abort(PlainCode);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task BackAsync(CancellationToken gone)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                int read = await connection.ReadAsync(buffer, gone).ConfigureAwait(false);
                if (read == 0)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, gone).ConfigureAwait(false);
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, read), WebSocketMessageType.Binary, endOfMessage: true, gone).ConfigureAwait(false);
            }
        }
        catch (ConnetConnectionException)
        {
            // A close frame would look like an orderly end.
            reset();
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or InvalidOperationException)
        {
            // The user is gone, as the other direction finds out.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
