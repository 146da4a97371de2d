using Connet.Protocol;

namespace Connet.Client;

/// <summary>A <see cref="ConnetConnection"/> was ended by the other side, or its path was lost.</summary>
public sealed class ConnetConnectionException : ConnetException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="errorCode">The code that the other side gave, if it gave one.</param>
    /// <param name="innerException">The cause.</param>
    public ConnetConnectionException(string message, long? errorCode = null, Exception? innerException = null)
        : base(message, innerException) => ErrorCode = errorCode;

    /// <summary>The code that the other side gave when it reset the connection; null if it gave none, as when the path was lost.</summary>
    public long? ErrorCode { get; }
}
