using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Core;

/// <summary>The connection's side of the TLS handshake: what waits to be given to TLS, and what TLS has said so far.</summary>
internal sealed class Handshake(ITlsSession session, bool isClient) : IDisposable
{
    private bool _started;
    private bool _busy;
    private bool _disposeWhenIdle;
    private CertificateDecision? _decision;

    /// <summary>The chosen application protocol, once known.</summary>
    public byte[] Alpn { get; set; } = [];

    /// <summary>The server name the client asked for.</summary>
    public string? ServerName { get; set; }

    /// <summary>The peer's certificates as they came, leaf first; empty if it sent none.</summary>
    public IReadOnlyList<byte[]> PeerChain { get; set; } = [];

    /// <summary>What the server's selector returned.</summary>
    public ServerAcceptance? Acceptance { get; set; }

    /// <summary>TLS is complete (RFC 9001, section 4.1.1).</summary>
    public bool IsComplete { get; set; }

    /// <summary>The handshake is confirmed (RFC 9001, section 4.1.2).</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Bytes of the messages after the handshake are still fed to TLS, which checks and ignores tickets.</summary>
    public bool IsClient => isClient;

    public void Decide(CertificateDecision decision) => _decision = decision;

    public bool TryTakeJob(ReadOnlySpan<PacketSpace> spaces, out TlsJob? job)
    {
        job = null;
        if (_busy)
        {
            return false;
        }

        bool hasInput = false;
        foreach (PacketSpace space in spaces)
        {
            hasInput |= space.CryptoIn.HasData;
        }

        // Asked after every datagram: nothing may be allocated where there is nothing to do.
        if (_started && _decision is null && !hasInput)
        {
            return false;
        }

        List<(EncryptionLevel Level, byte[] Data)> input = [];
        foreach (PacketSpace space in spaces)
        {
            if (space.CryptoIn.HasData)
            {
                input.Add((space.Level, space.CryptoIn.Read()));
            }
        }

        job = new TlsJob(session, !_started, _decision, input);
        _started = true;
        _decision = null;
        _busy = true;
        return true;
    }

    /// <summary>The job is back: TLS may be used again.</summary>
    public void EndJob()
    {
        _busy = false;
        if (_disposeWhenIdle)
        {
            session.Dispose();
        }
    }

    // TLS may be at work on another thread: then it is let go when that returns.
    public void Dispose()
    {
        if (_busy)
        {
            _disposeWhenIdle = true;
        }
        else
        {
            session.Dispose();
        }
    }
}
