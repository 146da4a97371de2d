namespace Connet.Client.Control;

/// <summary>How an attempt to reach the control server ended.</summary>
internal enum AttemptOutcome
{
    /// <summary>The server accepted this client.</summary>
    Authenticated,

    /// <summary>The server does not accept the token: the same token will hardly do better soon.</summary>
    TokenRefused,

    /// <summary>The server answered with another error.</summary>
    Refused,

    /// <summary>The server's certificate is not trusted.</summary>
    CertificateNotTrusted,

    /// <summary>Nobody answered, or not in a way that can be understood.</summary>
    Failed,

    /// <summary>The client has no socket any more.</summary>
    SocketFailed,

    /// <summary>The attempt was given up on this side.</summary>
    Cancelled,
}
