using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.AspNetCore.Transport;

/// <summary>Kestrel's sockets, with a bound on the connections that are open at once.</summary>
internal sealed class SocketListenerFactory(string name, int maxConnections, ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const string LogCategory = "Connet.AspNetCore";

    private readonly SocketTransportFactory _sockets = new(Options.Create(new SocketTransportOptions()), loggers);

    /// <summary>Where it listens, with the port that the system gave; null before.</summary>
    public EndPoint? LocalEndPoint { get; private set; }

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        IConnectionListener listener = await _sockets.BindAsync(endpoint, cancellationToken).ConfigureAwait(false);
        LocalEndPoint = listener.EndPoint;
        return new BoundedListener(listener, new ConnectionSlots(name, Math.Max(1, maxConnections), loggers.CreateLogger(LogCategory)));
    }
}
