using Connet.Protocol.Common;
using Connet.Quic;
using Microsoft.Extensions.Logging;

namespace Connet.Relay.Uplink;

/// <summary>What the connection to the control server is made with.</summary>
internal sealed record UplinkSettings
{
    private volatile UplinkIdentity _identity = null!;

    /// <summary>The socket to dial from: the one that serves clients.</summary>
    public required QuicEndpoint Socket { get; init; }

    public required RelayServerOptions Options { get; init; }

    /// <summary>What the next connection is made with.</summary>
    public required UplinkIdentity Identity
    {
        get => _identity;
        set => _identity = value;
    }

    /// <summary>The relay's server certificate in DER.</summary>
    public required ReadOnlyMemory<byte> ServerCertificate { get; init; }

    /// <summary>Where clients reach the relay.</summary>
    public required IReadOnlyList<HostPort> Advertised { get; init; }

    public required RelayMemory Memory { get; init; }

    public required AdmissionKeys Keys { get; init; }

    public required TimeProvider Clock { get; init; }

    public required ILogger Logger { get; init; }
}
