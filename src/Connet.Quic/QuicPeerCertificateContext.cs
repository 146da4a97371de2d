namespace Connet.Quic;

/// <summary>What a custom certificate check gets to see: a chain whose leaf key the peer has proven to hold.</summary>
public sealed class QuicPeerCertificateContext
{
    internal QuicPeerCertificateContext(IReadOnlyList<byte[]> chain, string? targetHost, bool peerIsServer)
    {
        Chain = [.. chain.Select(certificate => new ReadOnlyMemory<byte>(certificate))];
        TargetHost = targetHost;
        PeerIsServer = peerIsServer;
    }

    /// <summary>The certificates byte for byte as the peer sent them, the leaf first; at least one.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; }

    /// <summary>The host that was dialled; <see langword="null"/> where none is known, as always on a server.</summary>
    public string? TargetHost { get; }

    /// <summary>Whether the certificate is a server's, checked on a client.</summary>
    public bool PeerIsServer { get; }
}
