using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Connet.AspNetCore.Transport;

/// <summary>Kestrel's transport over destinations.</summary>
internal sealed class DestinationListenerFactory(ILoggerFactory loggers) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const string LogCategory = "Connet.AspNetCore";

    public bool CanBind(EndPoint endpoint) => endpoint is ConnetDestinationEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        endpoint is ConnetDestinationEndPoint destination
            ? new ValueTask<IConnectionListener>(DestinationListener.Of(destination, loggers.CreateLogger(LogCategory)))
            : throw new NotSupportedException($"{endpoint} is no destination.");
}
