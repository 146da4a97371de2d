using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>Corrects the alerts the engine gets wrong.</summary>
internal static class AlertMapping
{
    /// <summary>
    /// The engine calls it an internal error of its own when a message ends too early and when a hybrid key share is
    /// too short (the only complaint about an argument of that name).
    /// </summary>
    public static short Correct(short alert, Exception? cause) => (alert, cause) switch
    {
        (AlertDescription.internal_error, EndOfStreamException) => AlertDescription.decode_error,
        (AlertDescription.internal_error, ArgumentException { ParamName: "peerValue" }) => AlertDescription.illegal_parameter,
        _ => alert,
    };
}
