using System.Net;
using System.Net.Sockets;
using Connet.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Connet.AspNetCore.Transport;

/// <summary>Accepts sockets for Kestrel. Its own listener tries again at once, and without end, when no file descriptor is left; this one pauses.</summary>
/// <param name="name">The endpoint's name, for the log.</param>
/// <param name="socket">Listens.</param>
/// <param name="accept">Takes the next connection.</param>
/// <param name="clock">Measures the pause.</param>
/// <param name="logger">Where to log to.</param>
internal sealed class SocketListener(string name, Socket socket, Func<CancellationToken, ValueTask<Socket>> accept, TimeProvider clock, ILogger logger)
    : IConnectionListener
{
    /// <summary>Long enough to idle, short enough to go unnoticed.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly SocketConnectionContextFactory _contexts = new(
        new SocketConnectionFactoryOptions(), new EndpointLoggerFactory(logger).CreateLogger(typeof(SocketConnectionContextFactory).FullName!));
    private readonly CancellationTokenSource _stopping = new();
    private bool _isFailing;

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, cancellationToken);
        while (true)
        {
            try
            {
                Socket accepted = await accept(either.Token).ConfigureAwait(false);
                _isFailing = false;
                SetNoDelay(accepted);
                return _contexts.Create(accepted);
            }
            catch (Exception exception) when (_stopping.IsCancellationRequested && exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return null;
            }
            catch (SocketException exception)
            {
                if (!_isFailing)
                {
                    AspNetCoreLog.CannotAccept(logger, name, EndPoint, exception.Message);
                }

                _isFailing = true;
                await PauseAsync(either.Token).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync(CancellationToken.None).ConfigureAwait(false);
        _contexts.Dispose();
    }

    private static void SetNoDelay(Socket accepted)
    {
        try
        {
            accepted.NoDelay = true;
        }
        catch (SocketException)
        {
            // The user has reset the connection already, which some systems answer like this; reading will tell.
        }
    }

    private async ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        using PeriodicTimer pause = new(s_pause, clock);
        try
        {
            await pause.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next attempt to accept says the same.
        }
    }
}
