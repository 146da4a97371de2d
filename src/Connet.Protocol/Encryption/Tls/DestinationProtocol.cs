using Org.BouncyCastle.Tls;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>The engine's server, whose two directions end separately.</summary>
internal sealed class DestinationProtocol(TlsState state) : TlsServerProtocol
{
    /// <summary>Says that nothing more is sent. The other direction goes on (RFC 8446, section 6.1).</summary>
    public void SendCloseNotify() => RaiseAlertWarning(AlertDescription.close_notify, string.Empty);

    protected override void HandleAlertMessage(short alertLevel, short alertDescription)
    {
        if (!state.OnAlertReceived(alertDescription))
        {
            base.HandleAlertMessage(AlertLevel.fatal, alertDescription);
        }
    }

    protected override void RaiseAlertFatal(short alertDescription, string message, Exception cause)
    {
        state.OnAlertRaised(alertDescription);
        base.RaiseAlertFatal(alertDescription, message, cause);
    }

    protected override void Receive13KeyUpdate(MemoryStream buf)
    {
        state.OnKeyUpdate();
        base.Receive13KeyUpdate(buf);
    }
}
