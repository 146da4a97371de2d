using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Endpoints;

/// <summary>The schemes that are built in.</summary>
public static class EndpointSchemes
{
    /// <summary>
    /// <c>tcp://host:port</c>: a source listens there (<c>tcp://:8000</c> on all interfaces, port 0 takes a free port), a destination
    /// connects there. Half-closed connections and resets cross the tunnel.
    /// </summary>
    public static IEndpointScheme Tcp { get; } = new TcpScheme();

    /// <summary>
    /// <c>tls://host:port</c>: as <see cref="Tcp"/> with TLS towards the source's users, or the destination's service; see <see cref="EndpointTlsOptions"/>.
    /// What crosses the tunnel are the bytes inside. The end of a direction is close_notify; a connection that is cut without it is a reset.
    /// </summary>
    public static IEndpointScheme Tls { get; } = new TlsScheme();

    /// <summary>
    /// <c>unix:/run/app.sock</c>, <c>unix:./app.sock</c>: a source listens at a Unix socket, whose file goes with it, a destination connects to one.
    /// Half-closed connections cross the tunnel. Unix sockets know no reset: one that is aborted is closed in both directions.
    /// </summary>
    public static IEndpointScheme Unix { get; } = new UnixScheme();

    /// <summary>
    /// <c>udp://host:port</c>: a source takes datagrams there (<c>udp://:53</c> on all interfaces, port 0 takes a free port) and has a flow for each user's
    /// address and port; a destination sends those of each flow to a service, from a socket of its own, and its answers back. Flows that carry nothing end after
    /// <see cref="ConnetSourceOptions.FlowIdleTimeout"/>, at either side.
    /// </summary>
    public static IEndpointScheme Udp { get; } = new UdpScheme();
}
