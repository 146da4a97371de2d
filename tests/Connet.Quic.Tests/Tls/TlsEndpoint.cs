using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Tls;

/// <summary>One side of a test handshake: keeps every output and answers the certificate question.</summary>
internal sealed class TlsEndpoint(BouncyCastleTlsSession session)
{
    private int _handled;

    public BouncyCastleTlsSession Session { get; } = session;

    public TlsOutputs Outputs { get; } = new();

    /// <summary>The alert to refuse the peer's certificate with; null accepts.</summary>
    public Func<IReadOnlyList<byte[]>, int?> Judge { get; init; } = _ => null;

    /// <summary>Whether <see cref="Judge"/> is asked at once; otherwise the test answers.</summary>
    public bool AnswersAtOnce { get; init; } = true;

    public Queue<CryptoOutput> Outbox { get; } = new();

    public bool IsComplete => Outputs.Items.OfType<CompleteOutput>().Any();

    public ErrorOutput? Error => Outputs.Items.OfType<ErrorOutput>().SingleOrDefault();

    public IReadOnlyList<byte[]>? PeerChain => Outputs.Items.OfType<PeerCertificateOutput>().SingleOrDefault()?.Chain;

    public IEnumerable<CryptoOutput> Sent => Outputs.Items.OfType<CryptoOutput>();

    public SecretsOutput Secrets(EncryptionLevel level) => Outputs.Items.OfType<SecretsOutput>().Single(secrets => secrets.Level == level);

    public void Start()
    {
        Session.Start(Outputs);
        HandleOutputs();
    }

    public void Receive(EncryptionLevel level, ReadOnlySpan<byte> data)
    {
        Session.Receive(level, data, Outputs);
        HandleOutputs();
    }

    public void Accept()
    {
        Session.AcceptPeerCertificate(Outputs);
        HandleOutputs();
    }

    public void Reject(int alert, string reason)
    {
        Session.RejectPeerCertificate(alert, reason, Outputs);
        HandleOutputs();
    }

    private void HandleOutputs()
    {
        for (; _handled < Outputs.Items.Count; _handled++)
        {
            if (Outputs.Items[_handled] is CryptoOutput crypto)
            {
                Outbox.Enqueue(crypto);
            }
            else if (Outputs.Items[_handled] is PeerCertificateOutput certificate && AnswersAtOnce)
            {
                if (Judge(certificate.Chain) is { } alert)
                {
                    Session.RejectPeerCertificate(alert, "refused by the test", Outputs);
                }
                else
                {
                    Session.AcceptPeerCertificate(Outputs);
                }
            }
        }
    }
}
