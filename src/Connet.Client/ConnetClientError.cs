namespace Connet.Client;

/// <summary>Why a client cannot go on, in a <see cref="ConnetClientException"/>.</summary>
public enum ConnetClientError
{
    /// <summary>No control server answers at the address; only with <see cref="ConnetClientOptions.FailFast"/>.</summary>
    ServerUnreachable,

    /// <summary>The control server does not accept the token, or does not accept it from here.</summary>
    AuthenticationRefused,

    /// <summary>The control server's certificate is not for its name, or nobody trusted vouches for it.</summary>
    CertificateNotTrusted,

    /// <summary>The file of certificate authorities cannot be read.</summary>
    CertificateFileUnreadable,

    /// <summary>The client's socket cannot be opened, as when another process has the port.</summary>
    AddressUnavailable,

    /// <summary>The client's socket has failed while the client ran.</summary>
    SocketFailed,
}
