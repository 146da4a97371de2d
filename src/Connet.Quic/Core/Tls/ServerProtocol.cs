using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>The engine's server without its record layer: what it writes becomes CRYPTO data, alerts are only noted.</summary>
internal sealed class ServerProtocol(HandshakeState state) : TlsServerProtocol
{
    protected override void WriteRecord(short type, ReadOnlySpan<byte> buffer) => state.OnRecordWritten(type, buffer);

    protected override void WriteRecord(short type, byte[] buf, int off, int len) => state.OnRecordWritten(type, buf.AsSpan(off, len));

    protected override void SendChangeCipherSpecMessage()
    {
    }

    // RFC 9001, section 6: QUIC updates its keys by itself.
    protected override void Receive13KeyUpdate(MemoryStream buf) => throw new TlsFatalAlert(AlertDescription.unexpected_message);

    protected override void Send13KeyUpdate(bool updateRequested) => throw new TlsFatalAlert(AlertDescription.internal_error);

    protected override void HandleException(short alertDescription, string message, Exception e) =>
        base.HandleException(AlertMapping.Correct(alertDescription, e), message, e);

    protected override void RaiseAlertFatal(short alertDescription, string message, Exception cause) => state.OnAlert(alertDescription);

    protected override void RaiseAlertWarning(short alertDescription, string message)
    {
    }
}
