using Org.BouncyCastle.Tls;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>
/// What the callbacks of the engine have found out. They only write here; the session reads it when the engine has returned and decides what
/// it means.
/// </summary>
/// <param name="expected">The one certificate that the other side may show, in DER.</param>
internal sealed class TlsState(ReadOnlyMemory<byte> expected)
{
    private int _idleKeyUpdates;
    private bool _isPinned;

    /// <summary>Whether the handshake is over: each side has proved that it has the key of the certificate that the other one expects.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether the other side has said that it sends no more.</summary>
    public bool IsPeerClosed { get; private set; }

    /// <summary>The alert that this side has raised; negative for none.</summary>
    public int RaisedAlert { get; private set; } = -1;

    /// <summary>The alert that has ended the session from the other side; negative for none.</summary>
    public int ReceivedAlert { get; private set; } = -1;

    /// <summary>Why this side has refused the other one, in words.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Notes the alert that goes to the other side.</summary>
    public void OnAlertRaised(int alert) => RaisedAlert = alert;

    /// <summary>Notes an alert of the other side. What it means follows from its kind, not from its level (RFC 8446, section 6).</summary>
    /// <returns>False if it ends the session.</returns>
    public bool OnAlertReceived(int alert)
    {
        if (alert == AlertDescription.close_notify && IsComplete)
        {
            IsPeerClosed = true;
            return true;
        }

        if (alert == AlertDescription.user_canceled)
        {
            return true;
        }

        ReceivedAlert = alert;
        return false;
    }

    /// <summary>Takes the other side's chain, before the proof that it has the key of the leaf.</summary>
    /// <exception cref="TlsFatalAlert">It is not the expected one.</exception>
    public void OnPeerChain(Certificate chain)
    {
        if (chain.IsEmpty)
        {
            throw Refuse(AlertDescription.certificate_required, "the other side has shown no certificate");
        }

        if (!((RawCertificate)chain.GetCertificateAt(0)).Raw.AsSpan().SequenceEqual(expected.Span))
        {
            throw Refuse(AlertDescription.bad_certificate, "the certificate of the other side is not the one that its peer has announced");
        }

        _isPinned = true;
    }

    /// <summary>Refuses the other side.</summary>
    /// <returns>What to throw.</returns>
    public TlsFatalAlert Refuse(short alert, string reason)
    {
        Refusal = reason;
        return new TlsFatalAlert(alert);
    }

    /// <summary>The handshake is over.</summary>
    /// <exception cref="TlsFatalAlert">Nobody has looked at the other side's certificate.</exception>
    public void OnComplete()
    {
        if (!_isPinned)
        {
            throw Refuse(AlertDescription.internal_error, "the other side has not been identified");
        }

        IsComplete = true;
    }

    /// <summary>Counts a key update.</summary>
    /// <exception cref="TlsFatalAlert">There are too many.</exception>
    public void OnKeyUpdate()
    {
        if (++_idleKeyUpdates > TlsParameters.MaxIdleKeyUpdates)
        {
            throw new TlsFatalAlert(AlertDescription.unexpected_message);
        }
    }

    /// <summary>Data has arrived.</summary>
    public void OnData() => _idleKeyUpdates = 0;
}
