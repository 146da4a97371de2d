using Connet.Protocol;

namespace Connet.Relay;

/// <summary>The relay cannot start, or cannot go on. The message is one sentence that says what, where, and what to do.</summary>
public sealed class RelayServerException : ConnetException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public RelayServerException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
