using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core;

/// <summary>What a <see cref="Connection"/> starts from.</summary>
internal sealed class ConnectionSetup
{
    public required bool IsClient { get; init; }

    public required ConnectionConfig Config { get; init; }

    public required NetworkAddress Remote { get; init; }

    /// <summary>Our first connection ID, already routed to this connection.</summary>
    public required ConnectionId LocalId { get; init; }

    /// <summary>The stateless reset token of <see cref="LocalId"/>; only servers may announce one in the handshake.</summary>
    public required StatelessResetToken LocalResetToken { get; init; }

    /// <summary>Where the first packets go: the client's random choice, or the client's source ID.</summary>
    public required ConnectionId PeerId { get; init; }

    /// <summary>The destination ID of the client's very first Initial, before any Retry (RFC 9000, section 7.3).</summary>
    public required ConnectionId OriginalDestinationId { get; init; }

    /// <summary>A server's: the source ID of the Retry that the client answered.</summary>
    public ConnectionId? RetrySourceId { get; init; }

    /// <summary>A server's: a token proved that the client receives at its address (RFC 9000, section 8.1.2).</summary>
    public bool AddressValidated { get; init; }

    /// <summary>
    /// Makes the TLS session, given a function that encodes our transport parameters for a configuration: a server
    /// knows its configuration only when it has seen the ClientHello.
    /// </summary>
    public required Func<Func<ConnectionConfig, byte[]>, ITlsSession> CreateTls { get; init; }

    public required IRandomSource Random { get; init; }
}
