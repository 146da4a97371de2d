using Connet.Protocol;

namespace Connet.Hosting;

/// <summary>The combined server could not start, or could not go on. The message is one sentence: what, where, what to do.</summary>
public sealed class ConnetServerException : ConnetException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong, where, and what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ConnetServerException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
