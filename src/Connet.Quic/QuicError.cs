namespace Connet.Quic;

/// <summary>What went wrong, in a <see cref="QuicException"/>.</summary>
public enum QuicError
{
    /// <summary>Something went wrong in this library.</summary>
    InternalError,

    /// <summary>The peer closed the connection; <see cref="QuicException.ApplicationErrorCode"/> says with which code.</summary>
    ConnectionAborted,

    /// <summary>The peer ended the stream; <see cref="QuicException.ApplicationErrorCode"/> says with which code.</summary>
    StreamAborted,

    /// <summary>The handshake made no progress in time: nobody answers, or not QUIC version 1.</summary>
    ConnectionTimeout,

    /// <summary>Nothing arrived for the idle timeout.</summary>
    ConnectionIdle,

    /// <summary>The peer refused the connection (CONNECTION_REFUSED).</summary>
    ConnectionRefused,

    /// <summary>The server does not speak QUIC version 1.</summary>
    VersionNegotiationError,

    /// <summary>The TLS handshake failed, on either side; <see cref="QuicException.TransportErrorCode"/> is 0x100 plus the alert.</summary>
    TlsError,

    /// <summary>The transport protocol was violated, by either side; see <see cref="QuicException.TransportErrorCode"/>.</summary>
    TransportError,

    /// <summary>The peer lost its state, as after a restart, and said so (stateless reset; RFC 9000, section 10.3).</summary>
    StatelessReset,

    /// <summary>The operation was ended from this side, by closing or disposing the connection, stream or endpoint.</summary>
    OperationAborted,

    /// <summary>The UDP socket could not be opened or failed.</summary>
    SocketError,
}
