using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Core;

/// <summary>
/// A piece of TLS work: signatures and key exchange take a millisecond, too long for the thread that serves a socket.
/// The driver takes it from <see cref="Connection.TryTakeTlsJob"/>, runs it wherever it likes, outside the connection's
/// lock, and hands it back to <see cref="Connection.CompleteTlsJob"/>. There is never more than one for a connection.
/// </summary>
internal sealed class TlsJob(ITlsSession session, bool start, CertificateDecision? decision, List<(EncryptionLevel Level, byte[] Data)> input)
{
    public TlsOutputs Outputs { get; } = new();

    public void Run()
    {
        if (start)
        {
            session.Start(Outputs);
        }

        if (decision is { } made)
        {
            if (made.Accepted)
            {
                session.AcceptPeerCertificate(Outputs);
            }
            else
            {
                session.RejectPeerCertificate(made.Alert, made.Reason, Outputs);
            }
        }

        foreach ((EncryptionLevel level, byte[] data) in input)
        {
            session.Receive(level, data, Outputs);
        }
    }
}
