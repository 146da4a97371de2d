using Connet.Protocol;

namespace Connet.Client;

/// <summary>The address of a source or destination cannot be used, as when another program listens there.</summary>
public sealed class ConnetEndpointException : ConnetException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">One sentence: what, where, what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ConnetEndpointException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
