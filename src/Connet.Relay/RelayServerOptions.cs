using Connet.Protocol;
using Connet.Quic;
using Microsoft.Extensions.Logging;

namespace Connet.Relay;

/// <summary>How a <see cref="RelayServer"/> is set up. Do not change them once a server was started with them.</summary>
public sealed partial class RelayServerOptions
{
    internal const string DefaultIngressAddress = ":19191";

    /// <summary>The sockets on which clients are served. The connection to the control server is dialled from the first one.</summary>
    /// <value>Empty by default, which means one at <c>:19191</c>.</value>
    public IList<RelayIngressOptions> Ingresses { get; set; } = [];

    /// <summary>The token that the control server knows this relay by.</summary>
    /// <value>Required.</value>
    public string Token { get; set; } = "";

    /// <summary>A text about this relay that the control server shows and hands to clients.</summary>
    /// <value>Empty by default.</value>
    public string Metadata { get; set; } = "";

    /// <summary>Where the control server listens for relays: <c>host:port</c>; without a port, 19189.</summary>
    /// <value><c>localhost:19189</c> by default.</value>
    public string ControlAddress { get; set; } = "localhost:19189";

    /// <summary>The name that the control server's certificate must be for.</summary>
    /// <value>Null by default: the host of <see cref="ControlAddress"/>.</value>
    public string? ControlName { get; set; }

    /// <summary>A PEM file with the certificates that the control server's must chain to; it may contain that certificate itself.</summary>
    /// <value>Null by default: the roots of the operating system.</value>
    public string? ControlCaFile { get; set; }

    /// <summary>How the control server's certificate is checked; wins over <see cref="ControlCaFile"/>.</summary>
    /// <value>Null by default.</value>
    public QuicCertificateValidation? ControlCertificateValidation { get; set; }

    /// <summary>
    /// The folder that remembers the control server and this relay's place there, and the keys by which clients learn at once that the relay was
    /// restarted. Made if it is missing.
    /// </summary>
    /// <value>Null by default: nothing outlives the process.</value>
    public string? StateDirectory { get; set; }

    /// <summary>How long a handshake may go without progress, and the control server's answer may take.</summary>
    /// <value>5 seconds by default; more than zero.</value>
    public TimeSpan HandshakeIdleTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long new clients are still admitted, by the last proofs of the control server, while it cannot be reached. Clients that were admitted
    /// before stay for as long as they want, and so do their streams: nothing but a shutdown or their own end closes them.
    /// </summary>
    /// <value>30 seconds by default; zero admits nobody without the control server.</value>
    public TimeSpan ControlGracePeriod { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence of the control server after which it is asked for a sign of life.</summary>
    /// <value>2 seconds by default; at least 10 ms.</value>
    public TimeSpan LivenessInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long that sign of life may take; then the connection is closed and a new one is dialled.</summary>
    /// <value>1 second by default; more than zero.</value>
    public TimeSpan LivenessTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The pause before the first attempt to reach the control server again; each further one is twice as long.</summary>
    /// <value>100 ms by default; more than zero.</value>
    public TimeSpan ReconnectBackoffInitial { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between attempts to reach the control server.</summary>
    /// <value>2 seconds by default; at least <see cref="ReconnectBackoffInitial"/>.</value>
    public TimeSpan ReconnectBackoffMax { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Whether a control server that cannot be reached at the start, or that refuses the token of a running relay, is an error, rather than a reason to keep
    /// trying. A token that is refused at the start is an error in any case.
    /// </summary>
    /// <value>False by default.</value>
    public bool FailFast { get; set; }

    /// <summary>How long a client may take to prove that it may use this relay.</summary>
    /// <value>5 seconds by default; more than zero.</value>
    public TimeSpan AuthenticationTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stream may take to bring its request.</summary>
    /// <value>10 seconds by default; more than zero.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the destinations together may take to answer a request; they may have to dial a service first.</summary>
    /// <value>15 seconds by default; more than zero.</value>
    public TimeSpan DestinationTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A destination that has not answered for this long, or for two round trips where those are longer, gets competition from the next one; the
    /// first answer wins.
    /// </summary>
    /// <value>200 ms by default; more than zero.</value>
    public TimeSpan HedgeDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long open streams may go on after <see cref="RelayServer.StopAsync"/>.</summary>
    /// <value>3 seconds by default; zero ends them at once.</value>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How many connections may be there that have not proven yet that they may use this relay; those beyond are closed.</summary>
    /// <value>1,024 by default; at least 1.</value>
    public int MaxUnauthenticatedConnections { get; set; } = 1024;

    /// <summary>How many connections one endpoint may have, sources and destinations together; those beyond are refused.</summary>
    /// <value>4,096 by default; at least 1.</value>
    public int MaxConnectionsPerEndpoint { get; set; } = 4096;

    /// <summary>How many streams one connection may have open at once in each direction.</summary>
    /// <value>4,096 by default; 1 to 65,536.</value>
    public int MaxStreamsPerConnection { get; set; } = 4096;

    /// <summary>The clock and its timers.</summary>
    /// <value>Null, the system's, by default. The transport always uses the system's.</value>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Where the relay logs to.</summary>
    /// <value>Null, nowhere, by default.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The only generation of the protocol that this relay speaks, to its control server and to clients; null speaks both. For tests.</summary>
    internal ProtocolGeneration? Generation { get; set; }

    /// <summary>Names what matters; the token is not shown.</summary>
    public override string ToString() =>
        $"RelayServerOptions {{ Ingresses = [{string.Join(", ", Ingresses.Select(ingress => ingress.Address))}], ControlAddress = {ControlAddress}, "
        + $"Token = {(string.IsNullOrEmpty(Token) ? "none" : "redacted")}, StateDirectory = {StateDirectory ?? "none"} }}";
}
