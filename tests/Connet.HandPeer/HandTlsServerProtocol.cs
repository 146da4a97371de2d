using Org.BouncyCastle.Tls;

namespace Connet.HandPeer;

/// <summary>The engine's server, with records made on demand.</summary>
internal sealed class HandTlsServerProtocol(HandTlsState state) : TlsServerProtocol
{
    public void UpdateKey(bool isRequest) => Send13KeyUpdate(isRequest);

    public void Record(short type, byte[] content) => SafeWriteRecord(type, content, 0, content.Length);

    protected override void HandleAlertMessage(short alertLevel, short alertDescription)
    {
        if (alertDescription == AlertDescription.close_notify)
        {
            state.IsPeerClosed = true;
            return;
        }

        state.ReceivedAlert = alertDescription;
        base.HandleAlertMessage(alertLevel, alertDescription);
    }
}
