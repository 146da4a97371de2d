using Connet.Client.Endpoints;

namespace Connet.Client;

/// <summary>How a <see cref="ConnetSource"/> is set up.</summary>
public sealed class ConnetSourceOptions
{
    /// <summary>The endpoint's name, which the destination has too.</summary>
    /// <value>Required; 1 to 1,024 characters.</value>
    public string Name { get; set; } = string.Empty;

    /// <summary>Which kinds of paths may be used.</summary>
    /// <value><see cref="ConnetRoute.Any"/> by default.</value>
    public ConnetRoute Route { get; set; }

    /// <summary>The encryption allowed for streams through a relay; see <see cref="ConnetClientOptions.RelayEncryptions"/>.</summary>
    /// <value>Empty, the client's list, by default.</value>
    public IList<string> RelayEncryptions { get; set; } = [];

    /// <summary>How long a dial may take, waiting for a first path included.</summary>
    /// <value>15 seconds by default; zero waits without end.</value>
    public TimeSpan DialTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Where connections are accepted that are then carried to the destination, as <c>tcp://127.0.0.1:8000</c>; port 0 takes a free port.</summary>
    /// <value>Null, only <see cref="ConnetSource.DialAsync(CancellationToken)"/>, by default.</value>
    public string? Address { get; set; }

    /// <summary>
    /// How many connections, or flows of datagrams, at <see cref="Address"/> may be open at once. Further connections wait in the system's queue; datagrams
    /// of further users are dropped.
    /// </summary>
    /// <value>4,096 by default; at least 1.</value>
    public int MaxConnections { get; set; } = 4096;

    /// <summary>
    /// With an <see cref="Address"/> for UDP: how long a flow may go without a datagram in either direction before it ends. Each user, told by address and
    /// port, has one; the next datagram begins another. While more than three quarters of <see cref="MaxConnections"/> are open, 10 seconds are enough.
    /// </summary>
    /// <value>2 minutes by default, the least that RFC 4787 section 4.3 asks of NATs; 1 second to a day.</value>
    public TimeSpan FlowIdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>TLS at <see cref="Address"/>, for schemes that have it.</summary>
    /// <value>No certificates by default.</value>
    public EndpointTlsOptions Tls { get; set; } = new();

    /// <summary>How connections are spread over several destinations of the name.</summary>
    /// <remarks>
    /// Only where the path leads to one destination is the choice this source's: on direct paths, and through a relay where no other destination is. A relay
    /// with several chooses among them by itself, so there a policy decides how often the relay is used, and which relay; README.md says more.
    /// </remarks>
    /// <value><see cref="ConnetLoadBalancing.None"/> by default: the path that is best, whoever it leads to.</value>
    public ConnetLoadBalancing LoadBalancing { get; set; }

    /// <summary>How far a dial goes on to the next destination when one fails. Only with <see cref="LoadBalancing"/>; without it all paths are tried.</summary>
    /// <remarks><see cref="DialTimeout"/> bounds the whole dial.</remarks>
    /// <value><see cref="ConnetDialRetry.None"/> by default.</value>
    public ConnetDialRetry Retry { get; set; }

    /// <summary>
    /// The bound of <see cref="Retry"/>: further destinations for <see cref="ConnetDialRetry.Count"/>, milliseconds since the dial began for
    /// <see cref="ConnetDialRetry.Timed"/>.
    /// </summary>
    /// <value>Null by default: 2 destinations, 1,000 ms. 0 to 4,096 destinations, 0 to a day of milliseconds.</value>
    public int? RetryMax { get; set; }
}
