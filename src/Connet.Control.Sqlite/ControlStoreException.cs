using Connet.Protocol;

namespace Connet.Control.Sqlite;

/// <summary>A file with a control server's state cannot be used. The message is one sentence that names the file; the file was not changed.</summary>
public sealed class ControlStoreException : ConnetException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong, with which file, and what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ControlStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
