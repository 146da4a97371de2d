namespace Connet.Quic;

/// <summary>The one exception of this library for everything that can go wrong on a connection.</summary>
public sealed class QuicException : IOException
{
    /// <summary>Makes an exception.</summary>
    /// <param name="error">The kind of error.</param>
    /// <param name="message">What was wrong, where, and what to do, in one sentence.</param>
    /// <param name="applicationErrorCode">The peer application's code, where it sent one.</param>
    /// <param name="transportErrorCode">The transport error code, where there is one.</param>
    /// <param name="innerException">The cause.</param>
    public QuicException(
        QuicError error, string message, long? applicationErrorCode = null, long? transportErrorCode = null, Exception? innerException = null)
        : base(message, innerException)
    {
        QuicError = error;
        ApplicationErrorCode = applicationErrorCode;
        TransportErrorCode = transportErrorCode;
    }

    /// <summary>The kind of error.</summary>
    public QuicError QuicError { get; }

    /// <summary>The code that the peer's application gave when it closed the connection or ended the stream.</summary>
    public long? ApplicationErrorCode { get; }

    /// <summary>The transport error code (RFC 9000, section 20.1; 0x100 plus the alert for TLS).</summary>
    public long? TransportErrorCode { get; }
}
