using Connet.Quic;

namespace Connet.Relay;

/// <summary>One UDP socket on which a relay serves clients.</summary>
public sealed class RelayIngressOptions
{
    /// <summary>Where the socket is bound: <c>host:port</c>, <c>[v6]:port</c>, or <c>:port</c> for all interfaces. Port 0 takes a free port.</summary>
    /// <value><c>:19191</c> by default.</value>
    public string Address { get; set; } = RelayServerOptions.DefaultIngressAddress;

    /// <summary>
    /// Under which hosts and ports clients reach this socket, as <c>host:port</c>, <c>host</c> or <c>:port</c>. A missing host is the one of
    /// <see cref="Address"/>, or localhost where that names none; a missing port is the socket's.
    /// </summary>
    /// <value>Empty by default, which means <c>localhost</c> and the socket's port.</value>
    public IList<string> HostPorts { get; set; } = [];

    /// <summary>Addresses and address prefixes that may connect, such as <c>192.0.2.0/24</c>.</summary>
    /// <value>Empty, everybody, by default.</value>
    public IList<string> AllowCidrs { get; set; } = [];

    /// <summary>Addresses and address prefixes that may not connect. They win over <see cref="AllowCidrs"/>.</summary>
    /// <value>Empty, nobody, by default.</value>
    public IList<string> DenyCidrs { get; set; } = [];

    /// <summary>Changes the socket's options after everything else has been set.</summary>
    /// <value>Null by default.</value>
    public Action<QuicEndpointOptions>? ConfigureEndpoint { get; set; }

    /// <summary>Names the address.</summary>
    public override string ToString() => $"RelayIngressOptions {{ Address = {Address}, HostPorts = [{string.Join(", ", HostPorts)}] }}";
}
