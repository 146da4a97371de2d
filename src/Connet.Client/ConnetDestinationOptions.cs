using Connet.Client.Endpoints;

namespace Connet.Client;

/// <summary>How a <see cref="ConnetDestination"/> is set up.</summary>
public sealed class ConnetDestinationOptions
{
    /// <summary>The endpoint's name, which sources have too.</summary>
    /// <value>Required; 1 to 1,024 characters.</value>
    public string Name { get; set; } = string.Empty;

    /// <summary>Which kinds of paths may be used.</summary>
    /// <value><see cref="ConnetRoute.Any"/> by default.</value>
    public ConnetRoute Route { get; set; }

    /// <summary>The encryption allowed for streams through a relay; see <see cref="ConnetClientOptions.RelayEncryptions"/>.</summary>
    /// <value>Empty, the client's list, by default.</value>
    public IList<string> RelayEncryptions { get; set; } = [];

    /// <summary>How long reaching the service of <see cref="Address"/> may take.</summary>
    /// <value>Zero, without end, by default.</value>
    public TimeSpan DialTimeout { get; set; }

    /// <summary>The service that connections are carried to, as <c>tcp://127.0.0.1:3000</c>.</summary>
    /// <value>Null, the application accepts, by default.</value>
    public string? Address { get; set; }

    /// <summary>What an application that accepts takes; a source that asks for something else is refused. With <see cref="Address"/>, its scheme says that.</summary>
    /// <value><see cref="ConnetTraffic.Connections"/> by default.</value>
    public ConnetTraffic Traffic { get; set; }

    /// <summary>
    /// How many connections may wait to be accepted by the application. Those beyond wait for room as long as a peer has for a handshake
    /// (<see cref="ConnetClientOptions.HandshakeIdleTimeout"/>), and are refused then.
    /// </summary>
    /// <value>128 by default; at least 1.</value>
    public int AcceptBacklog { get; set; } = 128;

    /// <summary>How many connections, or flows of datagrams, to <see cref="Address"/> may be open at once; further ones wait to be accepted, see <see cref="AcceptBacklog"/>.</summary>
    /// <value>4,096 by default; at least 1.</value>
    public int MaxConnections { get; set; } = 4096;

    /// <summary>With an <see cref="Address"/> for UDP: how long a flow may go without a datagram in either direction before it ends.</summary>
    /// <value>2 minutes by default, the least that RFC 4787 section 4.3 asks of NATs; 1 second to a day.</value>
    public TimeSpan FlowIdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>TLS at <see cref="Address"/>, for schemes that have it.</summary>
    /// <value>No certificates by default.</value>
    public EndpointTlsOptions Tls { get; set; } = new();

    /// <summary>
    /// The header with the user's address that sources are asked to send first on each connection. It is part of the bytes: the service at
    /// <see cref="Address"/>, or the application, has to expect it.
    /// </summary>
    /// <value><see cref="ConnetProxyProtocol.None"/> by default.</value>
    public ConnetProxyProtocol ProxyProtocol { get; set; }
}
