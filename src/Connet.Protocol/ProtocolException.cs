namespace Connet.Protocol;

/// <summary>The other side answered with an error, or sent something that the protocol does not permit.</summary>
public sealed class ProtocolException : ConnetException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="code">The code that the other side sent, or that it should be told.</param>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ProtocolException(ProtocolErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>The code that the other side sent, or that it should be told.</summary>
    public ProtocolErrorCode Code { get; }
}
