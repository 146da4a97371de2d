using Connet.Client.Endpoints;
using Connet.Protocol;
using Connet.Quic;
using Microsoft.Extensions.Logging;

namespace Connet.Client;

/// <summary>How a <see cref="ConnetClient"/> is set up. Do not change it once the client has started.</summary>
public sealed class ConnetClientOptions
{
    /// <summary>Says to the control server who this client is.</summary>
    /// <value>Required.</value>
    public string Token { get; set; } = string.Empty;

    /// <summary>Free text that identifies this client to peers and operators; at most 1,024 characters.</summary>
    /// <value>Empty by default.</value>
    public string Metadata { get; set; } = string.Empty;

    /// <summary>The control server: <c>host</c> or <c>host:port</c>.</summary>
    /// <value><c>127.0.0.1:19190</c> by default; the port is 19190 where none is given.</value>
    public string ServerAddress { get; set; } = "127.0.0.1:19190";

    /// <summary>The name that the control server's certificate must be for.</summary>
    /// <value>Null, the host of <see cref="ServerAddress"/>, by default.</value>
    public string? ServerName { get; set; }

    /// <summary>
    /// A PEM file of the authorities, or the self-signed certificate, that vouch for the control server. <see cref="ConnetClient.ReloadFiles"/> reads the
    /// file that stands here by then.
    /// </summary>
    /// <value>Null, the system's authorities, by default.</value>
    public string? ServerCaFile { get; set; }

    /// <summary>How the control server's certificate is checked; wins over <see cref="ServerCaFile"/>.</summary>
    /// <value>Null by default.</value>
    public QuicCertificateValidation? ServerCertificateValidation { get; set; }

    /// <summary>The address of the client's one UDP socket: <c>host:port</c>, or <c>:port</c> for all interfaces. Port 0 takes a free port.</summary>
    /// <value><c>:19192</c> by default.</value>
    public string DirectAddress { get; set; } = ":19192";

    /// <summary>
    /// The folder of what should outlive the process: the key of stateless resets, by which peers of a restarted client learn at once that
    /// their connections are gone.
    /// </summary>
    /// <value>Null, nothing outlives the process, by default.</value>
    public string? StateDirectory { get; set; }

    /// <summary>32 secret bytes that stateless reset tokens derive from; wins over <see cref="StateDirectory"/>.</summary>
    /// <value>Null by default.</value>
    public ReadOnlyMemory<byte>? StatelessResetKey { get; set; }

    /// <summary>
    /// The encryption allowed for streams through a relay, of all endpoints that set none of their own: <c>none</c>, <c>dhxcp</c>, <c>tls</c>. Without <c>none</c>
    /// a stream that cannot be encrypted fails.
    /// </summary>
    /// <value>Empty by default, which allows <c>dhxcp</c> and <c>none</c>: encrypted wherever the other side can.</value>
    public IList<string> RelayEncryptions { get; set; } = [];

    /// <summary>How long a handshake may go without an answer.</summary>
    /// <value>5 seconds by default; 100 ms at least.</value>
    public TimeSpan HandshakeIdleTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which the control server and the relays are probed.</summary>
    /// <value>2 seconds by default; 100 ms to 10 seconds.</value>
    public TimeSpan LivenessInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a probe may stay unanswered before a fresh connection is dialled beside the silent one.</summary>
    /// <value>1 second by default; 100 ms at least.</value>
    public TimeSpan LivenessTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A path over which a dial has not been answered for this long, or for two round trips where those are longer, gets competition from the next
    /// one; the first answer wins. The destination's service may see a connection that ends at once, of the one that lost.
    /// </summary>
    /// <value>200 ms by default; 1 ms at least.</value>
    public TimeSpan HedgeDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a known peer is kept that is missing from the lists of a new control connection, as after the server's restart.</summary>
    /// <value>10 seconds by default.</value>
    public TimeSpan PeerGracePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a working connection to a relay is kept that is missing from the control server's list.</summary>
    /// <value>10 seconds by default.</value>
    public TimeSpan RelayGracePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The first pause before the control server or a relay is dialled again; doubles from there.</summary>
    /// <value>100 ms by default; 1 ms at least.</value>
    public TimeSpan ReconnectBackoffInitial { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause before the control server or a relay is dialled again.</summary>
    /// <value>2 seconds by default.</value>
    public TimeSpan ReconnectBackoffMax { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a client that stops lets open connections finish.</summary>
    /// <value>5 seconds by default.</value>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether a start fails when no control server answers, and a running client when its token is refused, instead of trying on. A token that is refused at
    /// the start is an error in any case.
    /// </summary>
    /// <value>False by default.</value>
    public bool FailFast { get; set; }

    /// <summary>Whether loopback addresses are announced and dialled.</summary>
    /// <value>Null by default: only while the control connection itself runs over loopback.</value>
    public bool? AnnounceLoopback { get; set; }

    /// <summary>What addresses of sources and destinations may start with; of two schemes of one name the later counts.</summary>
    /// <value><see cref="EndpointSchemes.Tcp"/>, <see cref="EndpointSchemes.Tls"/>, <see cref="EndpointSchemes.Unix"/> and <see cref="EndpointSchemes.Udp"/> by default.</value>
    public IList<IEndpointScheme> Schemes { get; } = [EndpointSchemes.Tcp, EndpointSchemes.Tls, EndpointSchemes.Unix, EndpointSchemes.Udp];

    /// <summary>Changes the settings of the client's socket before it is opened: buffers, filters.</summary>
    /// <value>Null by default.</value>
    public Action<QuicEndpointOptions>? ConfigureEndpoint { get; set; }

    /// <summary>The clock.</summary>
    /// <value>Null, the system's, by default.</value>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Where the client logs to.</summary>
    /// <value>Null, nowhere, by default.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Names the client without its secrets.</summary>
    public override string ToString() => $"ConnetClientOptions {{ ServerAddress = {ServerAddress}, DirectAddress = {DirectAddress}, Metadata = {Metadata} }}";

    internal TimeProvider Clock => TimeProvider ?? TimeProvider.System;

    /// <summary>The only generation of the protocol that this client speaks, to servers, relays and peers; null speaks both. For tests.</summary>
    internal ProtocolGeneration? Generation { get; set; }

    /// <summary>The port of a control server whose address names none.</summary>
    internal static int DefaultServerPort => ConnectionKind.ControlClients.DefaultPort();
}
