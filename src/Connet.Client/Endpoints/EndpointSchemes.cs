namespace Connet.Client.Endpoints;

/// <summary>The schemes that are built in.</summary>
public static class EndpointSchemes
{
    /// <summary>
    /// <c>tcp://host:port</c>: a source listens there (<c>tcp://:8000</c> on all interfaces, port 0 takes a free port), a destination
    /// connects there. Half-closed connections and resets cross the tunnel.
    /// </summary>
    public static IEndpointScheme Tcp { get; } = new TcpScheme();
}
