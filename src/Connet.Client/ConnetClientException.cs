using Connet.Protocol;

namespace Connet.Client;

/// <summary>A client could not start, or cannot go on. The message is one sentence for whoever runs the program.</summary>
public sealed class ConnetClientException : ConnetException
{
    /// <summary>Makes an exception.</summary>
    /// <param name="error">The kind of error.</param>
    /// <param name="message">What is wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public ConnetClientException(ConnetClientError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The kind of error.</summary>
    public ConnetClientError Error { get; }
}
