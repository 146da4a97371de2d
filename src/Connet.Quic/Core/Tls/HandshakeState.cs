using Connet.Quic.Core.Primitives;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using CipherSuite = Connet.Quic.Core.Crypto.CipherSuite;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// What the engine's callbacks found out during a call. The callbacks only write here; the session reads it when the
/// engine has returned and decides what it means.
/// </summary>
internal sealed class HandshakeState(bool isServer)
{
    private readonly bool _isServer = isServer;
    private int _cipherCount;
    private TlsOutputs? _outputs;

    /// <summary>The level whose CRYPTO bytes are due.</summary>
    public EncryptionLevel ReadLevel { get; private set; } = EncryptionLevel.Initial;

    /// <summary>The peer's chain, byte for byte; <see langword="null"/> while it has sent none.</summary>
    public IReadOnlyList<byte[]>? PeerChain { get; private set; }

    public bool IsComplete { get; private set; }

    /// <summary>The alert the engine raised; negative for none.</summary>
    public int Alert { get; private set; } = -1;

    /// <summary>Directs outputs to the list of the current call; <see langword="null"/> between calls.</summary>
    public void BeginCall(TlsOutputs? outputs) => _outputs = outputs;

    public void Emit(TlsOutput output) => _outputs!.Items.Add(output);

    /// <summary>The write level is the number of ciphers so far: the first is for Handshake, the second for 1-RTT.</summary>
    public void OnRecordWritten(short contentType, ReadOnlySpan<byte> content)
    {
        // Alerts travel in CONNECTION_CLOSE and change_cipher_spec not at all (RFC 9001, sections 4.8 and 8.4).
        if (contentType == ContentType.handshake)
        {
            Emit(new CryptoOutput((EncryptionLevel)_cipherCount, content.ToArray()));
        }
    }

    public void OnCipherCreated(SecurityParameters parameters)
    {
        _cipherCount++;
        EncryptionLevel level = (EncryptionLevel)_cipherCount;

        // A server must not read 1-RTT before the handshake is complete (RFC 9001, section 5.7).
        if (!_isServer || level == EncryptionLevel.Handshake)
        {
            ReadLevel = level;
        }

        Emit(new SecretsOutput(
            level,
            (CipherSuite)parameters.CipherSuite,
            Take(level, parameters.TrafficSecretClient),
            Take(level, parameters.TrafficSecretServer)));
    }

    public void OnPeerChain(Certificate certificate)
    {
        CertificateEntry[] entries = certificate.GetCertificateEntryList();
        byte[][] chain = new byte[entries.Length][];
        for (int i = 0; i < chain.Length; i++)
        {
            chain[i] = ((PeerCertificate)entries[i].Certificate).Raw;
        }

        PeerChain = chain;
    }

    public void OnAlert(short alert) => Alert = alert;

    public void OnComplete(TlsContext context)
    {
        // The engine keeps a copy of the master secret for a resumption that never happens.
        context.Session?.ExportSessionParameters()?.Clear();
        IsComplete = true;
        ReadLevel = EncryptionLevel.Application;
        Emit(new CompleteOutput());
    }

    // The Finished messages are still to be made from the Handshake secrets; the 1-RTT secrets are ours alone.
    private static byte[] Take(EncryptionLevel level, TlsSecret secret) =>
        level == EncryptionLevel.Handshake ? SystemSecret.Copy(secret) : secret.Extract();
}
