namespace Connet.Protocol;

/// <summary>
/// The base of what Connet throws when the other side, or the network, is the reason. It is an <see cref="IOException"/> because
/// it also comes out of streams, whose users expect one.
/// </summary>
public abstract class ConnetException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    protected ConnetException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
