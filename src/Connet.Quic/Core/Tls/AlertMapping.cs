using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>Corrects the alerts the engine gets wrong.</summary>
internal static class AlertMapping
{
    /// <summary>The engine calls a message that ends too early an internal error of its own.</summary>
    public static short Correct(short alert, Exception? cause) =>
        alert == AlertDescription.internal_error && cause is EndOfStreamException ? AlertDescription.decode_error : alert;
}
