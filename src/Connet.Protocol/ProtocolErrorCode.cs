namespace Connet.Protocol;

/// <summary>
/// Why a process refused something or closed a connection: the code of an error message, and the application error code of a
/// closed connection. A code that this version does not know is kept as its number.
/// </summary>
public enum ProtocolErrorCode
{
    /// <summary>No particular reason, or a plain close.</summary>
    Unknown = 0,

    /// <summary>The request is of no kind that is answered there.</summary>
    RequestUnknown = 1,

    /// <summary>The exchange that proves a new peer connection did not succeed.</summary>
    ConnectionCheckFailed = 2,

    /// <summary>The token, or the proof for a relay, was not accepted.</summary>
    AuthenticationFailed = 100,

    /// <summary>The token does not permit an endpoint of this name.</summary>
    EndpointNotAllowed = 101,

    /// <summary>The token does not permit this role.</summary>
    RoleNotAllowed = 102,

    /// <summary>An announcement is not well-formed.</summary>
    AnnounceValidationFailed = 200,

    /// <summary>The client certificate of an announcement cannot be read.</summary>
    AnnounceInvalidClientCertificate = 201,

    /// <summary>The server certificate of an announcement cannot be read.</summary>
    AnnounceInvalidServerCertificate = 202,

    /// <summary>A request for relays is not well-formed.</summary>
    RelayValidationFailed = 300,

    /// <summary>The client certificate of a request for relays cannot be read.</summary>
    RelayInvalidCertificate = 301,

    /// <summary>The connection to a relay is no longer needed.</summary>
    RelayKeepaliveClosed = 302,

    /// <summary>A direct connection was closed.</summary>
    DirectConnectionClosed = 400,

    /// <summary>The direct connection, or its peer, is no longer needed.</summary>
    DirectKeepaliveClosed = 401,

    /// <summary>A relay knows no destination of this name.</summary>
    DestinationNotFound = 500,

    /// <summary>No destination could be reached, or the destination could not reach what it stands for.</summary>
    DestinationDialFailed = 501,

    /// <summary>The two sides found no encryption that both allow, or could not verify each other.</summary>
    DestinationRelayEncryptionError = 502,
}
