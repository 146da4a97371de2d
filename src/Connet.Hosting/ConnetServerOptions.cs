using Connet.Control;
using Connet.Quic;
using Connet.Relay;
using Microsoft.Extensions.Logging;

namespace Connet.Hosting;

/// <summary>How a <see cref="ConnetServer"/> is set up. Can be bound from configuration. Do not change it once the server has started.</summary>
public sealed partial class ConnetServerOptions
{
    /// <summary>Where clients reach the control server.</summary>
    /// <value>Empty by default: one ingress at <c>:19190</c> with the server's certificate.</value>
    public IList<ControlIngressOptions> ClientIngresses { get; set; } = [];

    /// <summary>The certificate of every ingress that names none; it wins over the files.</summary>
    /// <value>Null by default.</value>
    public QuicCertificate? Certificate { get; set; }

    /// <summary>A PEM file with the certificate of every ingress that names none, the leaf first.</summary>
    /// <value>Null by default.</value>
    public string? CertificateFile { get; set; }

    /// <summary>A PEM file with the unencrypted private key of <see cref="CertificateFile"/>.</summary>
    /// <value>Null by default.</value>
    public string? KeyFile { get; set; }

    /// <summary>The tokens of clients. Of a token that is listed twice the last one's restriction holds.</summary>
    /// <value>Empty by default: nobody can authenticate.</value>
    public IList<string> ClientTokens { get; set; } = [];

    /// <summary>What each client token permits, in the order of <see cref="ClientTokens"/>.</summary>
    /// <value>Empty, everything, by default; else as long as the list of tokens.</value>
    public IList<TokenRestrictionOptions> ClientTokenRestrictions { get; set; } = [];

    /// <summary>Where clients reach the relay, and under which names it is advertised to them.</summary>
    /// <value>Empty by default: one ingress at <c>:19191</c>, advertised as <c>localhost</c>.</value>
    public IList<RelayIngressOptions> RelayIngresses { get; set; } = [];

    /// <summary>A text about the relay that is handed to clients.</summary>
    /// <value>Empty by default.</value>
    public string RelayMetadata { get; set; } = string.Empty;

    /// <summary>
    /// How long the announcements of a client stay after its connection has died, so that a reconnect goes unnoticed by its peers; with a store
    /// also over a restart of the server.
    /// </summary>
    /// <value>30 seconds by default; <see cref="TimeSpan.Zero"/>: they go at once.</value>
    public TimeSpan EndpointExpiry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a handshake may go without a new packet from the peer.</summary>
    /// <value>5 seconds by default.</value>
    public TimeSpan HandshakeIdleTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long streams through the relay may go on after the server was told to stop.</summary>
    /// <value>3 seconds by default; zero ends them at once.</value>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The folder of what must outlive the process: the relay's state in its subfolder <c>relay</c>, and whatever <see cref="OpenStore"/>
    /// puts beside it. Made if it is missing.
    /// </summary>
    /// <value>Null by default: nothing outlives the process but what <see cref="Store"/> keeps.</value>
    public string? StoreDirectory { get; set; }

    /// <summary>Where the control server keeps its id, secrets, reset keys, and what clients announce. The server does not dispose it.</summary>
    /// <value>Null by default: see <see cref="OpenStore"/>.</value>
    public IControlStore? Store { get; set; }

    /// <summary>
    /// Opens the control server's store where <see cref="Store"/> is null; gets <see cref="StoreDirectory"/>, which exists then. The server
    /// disposes what it opened.
    /// </summary>
    /// <value>Null by default: in memory; clients get new ids after a restart.</value>
    public Func<string?, CancellationToken, ValueTask<IControlStore>>? OpenStore { get; set; }

    /// <summary>The clock.</summary>
    /// <value>Null, the system's, by default.</value>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Where both parts log to.</summary>
    /// <value>Null, nowhere, by default.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Describes the options; tokens are counted, never shown.</summary>
    public override string ToString() =>
        $"ConnetServerOptions {{ clients at [{string.Join(", ", ClientIngresses.Select(each => each.Address))}] with {ClientTokens.Count} tokens, "
        + $"relay at [{string.Join(", ", RelayIngresses.Select(each => each.Address))}], StoreDirectory = {StoreDirectory ?? "none"} }}";
}
