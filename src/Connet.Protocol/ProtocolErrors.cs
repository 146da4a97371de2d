using Connet.Protocol.Common;

namespace Connet.Protocol;

/// <summary>Between error messages, close codes and exceptions.</summary>
internal static class ProtocolErrors
{
    /// <summary>Longer texts from a peer are cut: they end up in logs and exceptions.</summary>
    public const int MaxMessageLength = 1024;

    /// <summary>The message that reports <paramref name="code"/>.</summary>
    public static Error ToError(ProtocolErrorCode code, string message) => new() { Code = (ErrorCode)code, Message = message };

    /// <summary>The message that reports <paramref name="exception"/>.</summary>
    public static Error ToError(this ProtocolException exception) => ToError(exception.Code, exception.Message);

    /// <summary>The code of an error message; one that this version does not know stays its number.</summary>
    public static ProtocolErrorCode ToCode(this Error error) => (ProtocolErrorCode)error.Code;

    /// <summary>The exception that an error message stands for.</summary>
    public static ProtocolException ToException(this Error error)
    {
        ProtocolErrorCode code = error.ToCode();
        string text = (error.Message.Length > MaxMessageLength ? error.Message[..MaxMessageLength] : error.Message).TrimEnd('.');
        return new ProtocolException(code, text.Length > 0 ? $"{text} ({code})" : code.ToString());
    }

    /// <summary>Throws what an answer's error field reports, if it is set.</summary>
    /// <exception cref="ProtocolException">The field is set.</exception>
    public static void ThrowIfSet(Error? error)
    {
        if (error is not null)
        {
            throw error.ToException();
        }
    }

    /// <summary>The application error code to close a connection with.</summary>
    public static long ToCloseCode(this ProtocolErrorCode code) => Math.Max(0, (long)code);

    /// <summary>
    /// What an application error code of CONNECTION_CLOSE means. QUIC permits 62 bits; what no code of ours can be is unknown.
    /// </summary>
    public static ProtocolErrorCode FromCloseCode(long code) =>
        code is >= 0 and <= int.MaxValue ? (ProtocolErrorCode)code : ProtocolErrorCode.Unknown;
}
