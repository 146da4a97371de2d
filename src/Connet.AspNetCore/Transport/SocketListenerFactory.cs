using System.Net;
using System.Net.Sockets;
using Connet.Client.Endpoints;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Connet.AspNetCore.Transport;

/// <summary>Sockets for Kestrel, with a bound on the connections that are open at once.</summary>
internal sealed class SocketListenerFactory(string name, EndpointContext context) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>What waits in the system's queue.</summary>
    private const int Backlog = 512;

    /// <summary>Where it listens, with the port that the system gave; null before.</summary>
    public EndPoint? LocalEndPoint { get; private set; }

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        try
        {
            socket.Listen(Backlog);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        SocketListener listener = new(name, socket, socket.AcceptAsync, context.TimeProvider, context.Logger);
        LocalEndPoint = listener.EndPoint;
        return ValueTask.FromResult<IConnectionListener>(
            new BoundedListener(listener, new ConnectionSlots(name, Math.Max(1, context.MaxConnections), context.Logger)));
    }
}
